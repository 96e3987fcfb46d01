#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh once more, with guests that boot in the place of resumed ones: both give the same.
PITH_TEST_WARM=off exec tests/exec/run.sh
