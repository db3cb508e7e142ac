# SPDX-License-Identifier: GPL-2.0-or-later
"""has_module.py NAME: exit status 0 if Python has that module."""
import importlib.util
import sys

sys.exit(importlib.util.find_spec(sys.argv[1]) is None)
