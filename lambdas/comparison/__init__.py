"""What is told of predictions that were compared with what really happened."""
