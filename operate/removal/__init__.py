"""Take data, and what is made of it, out of an AWS account for good."""
