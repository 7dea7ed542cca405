"""What users ask an endpoint that serves, beside what its model learned from, once a day."""
