#!/usr/bin/env bash
# Trains a small network on two thousand pictures in two processes, each on its share of every batch; options go on to the command.
#   examples/two_processes.sh
#   examples/two_processes.sh --run runs/two --epochs 8
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

"${WINNOW:-$here/../winnow}" train fashion-mnist --limit 2000 --model mlp --epochs 4 --save 20% --processes 2 "$@"
