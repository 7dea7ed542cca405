"""Run the service alone."""

from localsagemaker.server import main

main()
