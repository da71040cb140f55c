#!/usr/bin/env bash
# Writes what the packages offer into their PublicAPI.Unshipped.txt: what the compiler says isn't there is added, what it says is gone is taken out.
# Run it after a change of a public type, with the names of the projects or for all of them, and look at the difference before it is committed.
set -euo pipefail
root=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
cd "$root"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Those that others reference come first.
for name in Winnow Winnow.Data Winnow.Curation Winnow.Torch Winnow.Embedding Winnow.Records Winnow.Networks Winnow.Onnx Winnow.Training Winnow.Experiments Winnow.Report; do
    [[ $# == 0 || " $* " == *" $name "* ]] || continue
    folder=src/$name project=src/$name/$name.csproj
    for file in Shipped Unshipped; do
        [[ -f $folder/PublicAPI.$file.txt ]] || printf '#nullable enable\n' > "$folder/PublicAPI.$file.txt"
    done
    # Twice: a type that is declared for the first time hides its members in the first pass.
    for pass in 1 2; do
        dotnet build "$project" -c Release --no-dependencies -nologo -v m -p:TreatWarningsAsErrors=false -p:CodeAnalysisTreatWarningsAsErrors=false --no-incremental > "$log" 2>&1 < /dev/null || {
            grep -m 5 error "$log" >&2
            exit 1
        }
        grep -oE "warning RS0016: Symbol '.*' is not part of the declared" "$log" | sed -E "s/^warning RS0016: Symbol '(.*)' is not part of the declared$/\1/" | sort -u > "$log.new" || true
        grep -oE "warning RS0017: Symbol '.*' is part of the declared API" "$log" | sed -E "s/^warning RS0017: Symbol '(.*)' is part of the declared API$/\1/" | sort -u > "$log.gone" || true
        [[ -s $log.new || -s $log.gone ]] || break
        { printf '#nullable enable\n'; { tail -n +2 "$folder/PublicAPI.Unshipped.txt" | grep -vxFf "$log.gone" || true; cat "$log.new"; } | LC_ALL=C sort -u; } > "$log.all"
        cp "$log.all" "$folder/PublicAPI.Unshipped.txt"
    done
    rm -f "$log.new" "$log.gone" "$log.all"
    printf '%s: %s declarations\n' "$folder" "$(($(wc -l < "$folder/PublicAPI.Unshipped.txt") - 1))"
done
