"""Print what cdk-nag finds: `make nag`."""

from collections import Counter

from infra.node import use_bundled_node

use_bundled_node()  # jsii chooses its Node when aws_cdk is imported

from infra.app import build_app  # noqa: E402
from tests.infra.nag import acknowledged, findings  # noqa: E402

if __name__ == "__main__":
    found, known = findings(build_app()), acknowledged()
    for rule, path in sorted(found - known.keys()):
        print(f"unacknowledged: {rule} at {path}")
    for rule, count in sorted(Counter(rule.partition("[")[0] for rule, _ in found).items()):
        print(f"{count:5d} of {rule}")
    print(f"{len(found - known.keys()):5d} of them without an acknowledgement")
