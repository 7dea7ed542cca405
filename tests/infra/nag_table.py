"""Print what cdk-nag finds in the stack by default and with everything set: `make nag`."""

from collections import Counter

from infra.node import use_bundled_node

use_bundled_node()  # jsii chooses its Node when aws_cdk is imported

from tests.infra.nag import VARIANTS, acknowledged, found_in  # noqa: E402

if __name__ == "__main__":
    for variant in VARIANTS:
        found, known = found_in(variant), acknowledged(variant)
        for rule, path in sorted(found - known.keys()):
            print(f"{variant}: unacknowledged: {rule} at {path}")
        for rule, count in sorted(Counter(rule.partition("[")[0] for rule, _ in found).items()):
            print(f"{variant}: {count:5d} of {rule}")
        print(f"{variant}: {len(found - known.keys()):5d} of them without an acknowledgement")
