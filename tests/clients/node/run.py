#!/usr/bin/python3
"""Starts a hub in local mode and runs one file of tests for Node.js against it.

run.py --binary=PATH TEST.mjs

The file lies where install.sh put it, beside the packages that it imports.
"""
import os
import subprocess
import sys

import emulated
from running import Hub

with Hub(emulated.CONFIG) as hub:
    environment = {**os.environ, "PENSTOCK_HTTP": hub.http, "AWS_EC2_METADATA_DISABLED": "true"}
    status = subprocess.run(["node", "--test", sys.argv[1]], env=environment, check=False).returncode
    if status:
        print(hub.log(), file=sys.stderr)
sys.exit(status)
