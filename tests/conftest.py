"""For all tests: the CDK runs on set-up's Node, whichever test imports it first."""

from infra.node import use_bundled_node

use_bundled_node()
