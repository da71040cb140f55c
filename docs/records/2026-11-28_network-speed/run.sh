#!/usr/bin/env bash
# Everything of this record, in order, into log.jsonl: `dotnet build bench/Winnow.NetworkSpeed -c Release` first.
set -euo pipefail
speed=${SPEED:?the built Winnow.NetworkSpeed}
for threads in 1 2; do
    $speed masked mlp 128 $threads 31 contiguous
    $speed trace 64 $threads 3
    $speed trace 224 $threads 3
done
for threads in 1 2; do
    for batch in 1 128; do
        $speed cut resnet-small $batch $threads 3
        $speed cut resnet9 $batch $threads 3
    done
done
for threads in 1 2; do
    $speed masked resnet-small 128 $threads 11 channels_last
    $speed masked resnet-small 128 $threads 11 contiguous
done
