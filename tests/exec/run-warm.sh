#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh once more, with resumed guests in the place of booted ones: everything that holds there holds here.
PITH_TEST_WARM=on exec tests/exec/run.sh
