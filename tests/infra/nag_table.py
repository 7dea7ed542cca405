"""Print what cdk-nag finds in the stack by default and with everything set: `make nag`."""

from collections import Counter

import infra  # noqa: F401 - chooses set-up's Node before the CDK is imported
from tests.infra.nag import VARIANTS, acknowledged, found_in

if __name__ == "__main__":
    for variant in VARIANTS:
        found, known = found_in(variant), acknowledged(variant)
        for rule, path in sorted(found - known.keys()):
            print(f"{variant}: unacknowledged: {rule} at {path}")
        for rule, count in sorted(Counter(rule.partition("[")[0] for rule, _ in found).items()):
            print(f"{variant}: {count:5d} of {rule}")
        print(f"{variant}: {len(found - known.keys()):5d} of them without an acknowledgement")
