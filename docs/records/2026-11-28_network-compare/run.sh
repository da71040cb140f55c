#!/usr/bin/env bash
# One comparison: 3 seeds, a share, three scores and their controls.
set -euo pipefail
winnow=${WINNOW:-winnow}
python3 data.py "$1" fashion-4000
$winnow compare fashion-4000 --model resnet-small --width 8 --epochs 4 --augment flip --precision fp32 --layout contiguous --threads 1 \
    --keep-macs 50% --by magnitude taylor slimming --slimming 1e-2 --recover 2 --seeds 3 --run run
