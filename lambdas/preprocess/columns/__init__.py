"""What each column holds, and what is learnt from it."""
