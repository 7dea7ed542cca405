"""What people run: deploy, destroy, erase."""
