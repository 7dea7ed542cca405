"""Python looks into an archive's packages last: what this Python has itself fits it."""

import os
import sys

sys.path += os.environ["LOCALEMR_LATE_PATH"].split(os.pathsep)
