"""What is told of predictions: a document, a notification, an event."""
