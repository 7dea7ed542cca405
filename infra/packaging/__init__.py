"""What is deployed as files: layers, source bundles, and the addresses of images."""
