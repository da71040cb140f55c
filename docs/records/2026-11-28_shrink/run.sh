#!/usr/bin/env bash
# What README.md tells: OUT is a folder for the runs, WINNOW the program.
set -eu
cd "${OUT:?}"
w=${WINNOW:-winnow}
recipe="fashion-mnist --limit 8000 --model resnet9 --augment flip --method full --precision fp32 --layout contiguous --threads 1 --quiet"
for seed in ${SEEDS:-1 2 3}; do
    $w train $recipe --seed $seed --epochs 6 --run base-$seed >/dev/null
    for keep in 50 25; do
        for by in taylor magnitude random; do
            $w shrink base-$seed --keep-macs $keep% --by $by --seed $seed --threads 1 --quiet --json --out $by-$keep-$seed.safetensors > shrink-$by-$keep-$seed.json
            $w train $recipe --seed $seed --epochs 3 --weights $by-$keep-$seed.safetensors --run recovered-$by-$keep-$seed >/dev/null
        done
    done
    $w train $recipe --seed $seed --epochs 16 --width 11 --run dense-50-$seed >/dev/null
    $w train $recipe --seed $seed --epochs 27 --width 8 --run dense-25-$seed >/dev/null
    echo "seed $seed done"
done
