"""A local AWS for one machine: the synthesized template runs here unchanged.

Base: ministack (pinned) with a local SageMaker added. Product code never imports this package.
"""
