"""Run the service alone."""

from localcloud.sagemaker.server import main

main()
