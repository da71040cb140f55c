#!/usr/bin/env bash
# Packs all packages as a release would, installs them from that folder into a new project and as a tool, and uses them there.
set -euo pipefail
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=scripts/setup.sh
. "$root/scripts/setup.sh"
# shellcheck source=check.sh
. "$root/tests/scripts/check.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=$work/packages
libtorch=$(sed -n 's:.*"libtorch-cpu-linux-x64" Version="\(.*\)".*:\1:p' "$root/Directory.Packages.props")
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$root/Directory.Build.props")
python=${PYTHON:-/usr/bin/python3}
out=""
type -P "$python" >/dev/null || { echo "skip packages no $python to look into them"; exit 0; }

# holds PACKAGE ENTRY…: whether a package has these entries.
holds() {
    local package=$packages/$1.$version.$2 entry list
    shift 2
    list=$("$python" -m zipfile -l "$package")
    for entry in "$@"; do
        grep -q "^$entry " <<<"$list" || { out="$package lacks $entry"; return 1; }
    done
}

nuspec() { "$python" -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.read(next(n for n in z.namelist() if n.endswith(".nuspec"))).decode("utf-8-sig"))' "$packages/$1.$version.nupkg"; }

# project NAME PACKAGE…: a new project that knows these packages, libtorch and nothing of the repository; the folder is its own from here on.
project() {
    local name=$1 package
    shift
    mkdir "$work/$name"
    cd "$work/$name"
    cat >nuget.config <<END
<configuration>
  <packageSources><add key="local" value="$packages" /></packageSources>
  <fallbackPackageFolders><add key="restored" value="$restored" /></fallbackPackageFolders>
</configuration>
END
    {
        cat <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable></PropertyGroup>
  <ItemGroup><PackageReference Include="libtorch-cpu-linux-x64" Version="$libtorch" />
END
        for package in "$@"; do echo "    <PackageReference Include=\"$package\" Version=\"$version\" />"; done
        echo '  </ItemGroup></Project>'
    } >"$name.csproj"
}

# All at once: one look at what ./test has built already, instead of three.
"$dotnet" pack "$root/Winnow.slnx" -c Release -o "$packages" --nologo -v quiet
check "the core is packed for both frameworks, with docs, readme and symbols" 'holds Winnow nupkg README.md lib/net10.0/Winnow.dll lib/net10.0/Winnow.xml lib/net9.0/Winnow.dll' \
    'holds Winnow snupkg lib/net10.0/Winnow.pdb lib/net9.0/Winnow.pdb'
out=$(nuspec Winnow)
check "the core depends on nothing but .NET's own" '[[ $(grep -o "<dependency id=\"[^\"]*\"" <<<"$out" | sort -u) == "<dependency id=\"System.Numerics.Tensors\"" ]]'
for project in Winnow Winnow.Data Winnow.Curation Winnow.Embedding Winnow.Records Winnow.Torch Winnow.Training Winnow.Networks Winnow.Onnx Winnow.Experiments Winnow.Report Winnow.Cli; do
    out=$(nuspec "$project")
    check "$project has licence, readme, symbols and version" "holds $project snupkg $project.nuspec" '[[ $out == *"<license type=\"expression\">MIT</license>"* && $out == *"<readme>README.md</readme>"* && $out == *"<version>$version</version>"* ]]'
done
out=$(nuspec Winnow.Torch)
# What TorchSharp itself needs stands there too, because its version is pinned.
check "Winnow.Torch depends on TorchSharp, on nothing of Winnow and on no natives" '[[ $out == *"<dependency id=\"TorchSharp\""* && $out != *"<dependency id=\"Winnow"* && $out != *"<dependency id=\"libtorch"* ]]'
for project in Winnow.Data Winnow.Curation Winnow.Embedding Winnow.Records Winnow.Report; do
    out=$(nuspec "$project")
    check "$project needs neither a trainer nor TorchSharp" '[[ $out == *"<dependency id=\"Winnow"* && $out != *"<dependency id=\"Winnow.T"* && $out != *"<dependency id=\"TorchSharp\""* ]]'
done
out=$(nuspec Winnow.Data)
check "readers of files don't load ONNX Runtime" '[[ $out != *OnnxRuntime* ]]'
check "process groups bring their native source" 'holds Winnow.Torch nupkg native/winnow_gloo/CMakeLists.txt native/winnow_gloo/winnow_gloo.h native/winnow_gloo/group.cpp' \
    'holds Winnow.Torch snupkg lib/net10.0/Winnow.Torch.pdb'

# A package folder of its own, so that nothing older of the same version counts.
restored=${NUGET_PACKAGES:-$HOME/.nuget/packages}
export NUGET_PACKAGES=$work/cache
unset WINNOW_NATIVE
project app Winnow Winnow.Torch
cat >Program.cs <<'END'
using Winnow;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Torch;

var pruner = new Pruner(1000, PolicyCatalog.Parse("infobatch:keep=0.5"), new() { Epochs = 4, Seed = 1 });
for (int epoch = 0; epoch < 2; epoch++)
    foreach (PlannedBatch batch in pruner.Plan(epoch).Batches(128))
        pruner.Observe(batch, batch.Ids.ToArray().Select(id => 1f / (1 + id % 50)).ToArray());
Console.WriteLine($"planned {pruner.Statistics.Planned}");
TorchRuntime.Load();
using (TorchSharp.torch.NewDisposeScope())
{
    var x = TensorData.FromSpan<float>([1f, 2f, 3f]);
    Console.WriteLine($"sum {(x * x).sum().item<float>()}");
}
Console.WriteLine(Winnow.Torch.Distributed.ProcessGroup.Availability.Detail);
END
out=$("$dotnet" build -c Release -o built --nologo -v quiet 2>&1) || { echo "$out"; exit 1; }
out=$("$dotnet" built/app.dll 2>&1) || true
check "a new project plans with the package" '[[ $out =~ planned\ 1[0-9]{3} ]]'
check "without the native library it is told what several processes need" '[[ $out == *gloo* ]]'
check "and computes with TorchSharp and libtorch" '[[ $out == *"sum 14"* ]]'

# The readme of each of the others, as it stands, in one project; Winnow.Experiments brings Winnow.Training, and that the rest.
project readmes Winnow.Experiments Winnow.Report Winnow.Embedding Winnow.Curation
# body PACKAGE: the code of its readme, without its usings.
body() { sed -n '/^```csharp$/,/^```$/p' "$root/src/$1/PACKAGE.md" | sed '/^```/d; /^using [A-Z][A-Za-z.]*;$/d'; }
uses() { cat "$root"/src/Winnow.{Data,Curation,Embedding,Records,Training,Experiments,Report}/PACKAGE.md | grep '^using [A-Z][A-Za-z.]*;$' | sort -u; }
{
    uses
    cat <<'END'
using static Table;

Make();
END
    for project in Winnow.Data Winnow.Curation Winnow.Embedding Winnow.Training Winnow.Experiments; do echo '{'; body "$project"; echo '}'; done
    echo 'Run();'
    for project in Winnow.Records Winnow.Report; do echo '{'; body "$project"; echo '}'; done
} >Program.cs
cat >Table.cs <<'END'
using TorchSharp;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Records;
using Winnow.Training;

// What the readmes speak of: a table of 300 rows whose class is the sign of a sum, pictures and a network for them, some losses, and two runs.
static class Table
{
    public static void Make()
    {
        Directory.CreateDirectory("my-table");
        float[] values = [.. Enumerable.Range(0, 1200).Select(k => MathF.Sin(k * 12.9898f) * 43758.547f % 1)];
        Npy.Write("my-table/x.npy", NpyArray.Create<float>(values, 300, 4));
        Npy.Write("my-table/y.npy", NpyArray.Create<long>([.. Enumerable.Range(0, 300).Select(n => values[n * 4] + values[(n * 4) + 1] > 0 ? 1L : 0)]));
        Directory.CreateDirectory("texts");
        File.WriteAllLines("texts/some.jsonl", Enumerable.Range(0, 60).Select(static n => $$"""{"text": "the {{n}}th of sixty short texts"}"""));
        Directory.CreateDirectory("corpus");
        File.WriteAllLines("corpus/a.jsonl", Enumerable.Range(0, 60).Select(static n => $$"""{"id": {{n}}, "text": "the {{n / 2}}th of thirty short texts"}"""));
        Directory.CreateDirectory("my-pictures");
        Npy.Write("my-pictures/x.npy", NpyArray.Create<byte>([.. Enumerable.Range(0, 60 * 192).Select(static k => (byte)(k * 37))], 60, 3, 8, 8));
        Npy.Write("my-pictures/y.npy", NpyArray.Create<long>([.. Enumerable.Range(0, 60).Select(static n => n % 2L)]));

        // The mean of each channel of pictures of 8 x 8, as ONNX.
        File.WriteAllBytes("my-net.onnx", Convert.FromBase64String("CAc6XgoZCgF4EgF5IhFHbG9iYWxBdmVyYWdlUG9vbBIFbWVhbnNaHAoBeBIXChUIARIRCgMSAW4KAggDCgIICAoCCAhiHAoBeRIXChUIARIRCgMSAW4KAggDCgIIAQoCCAFCBAoAEA0="));
        File.WriteAllText("my-net.json", """{"kind": "images", "scale": 0.00392157, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}""");
        Npy.Write("losses.npy", NpyArray.Create<float>([1f, 2f, 3f]));
    }

    public static void Run()
    {
        foreach (var name in new[] { "a", "b" })
        {
            var data = DataSources.Open("./my-table");
            var recipe = new TrainingRecipe { Model = "mlp", Epochs = 2 };
            var trainer = recipe.CreateTrainer(data, torch.CPU);
            using var folder = RunFolder.Create(Path.Combine("runs", name));
            folder.Begin(new RunPlan
            {
                Kind = "train", Data = "./my-table", Dataset = DataInfo.Of(data),
                Recipe = recipe.ToRecord(), Method = "full", Seeds = [1], CheckpointEvery = "never", Checkpoints = 1,
                Environment = new RunEnvironment { Winnow = "test", Libtorch = "2.10", Runtime = "10", Device = "cpu", Threads = 1, Processor = "any", Command = [] },
            });
            trainer.Run(new TrainingRequest { Method = "full", Seed = 1 }, [folder.Events.For("full")]);
        }
    }
}
END
out=$("$dotnet" build -c Release -o built --nologo -v quiet 2>&1) || { echo "$out"; exit 1; }
out=$("$dotnet" built/readmes.dll 2>&1) || true
check "the readmes' code runs: data" '[[ $out == *" samples of 2 classes, "* && -s copy.npy ]]'
check "curation" '[[ $out == *"30 of 60 kept"* && -s clean/kept/a.jsonl && -s clean/removed.jsonl ]]'
check "embedding" '[[ $out == *"50 rows of 3 numbers"* && -s embeddings.npy && -s embeddings.json ]]'
check "training and a comparison" '[[ $out == *" of the samples saved"* && $out == *"full@infobatch, seed 3: "* && $out == *"95 % interval"* ]]'
check "reading a run, and its report" '[[ $out == *"mlp on my-table"* && $out == *"full, seed 1, epoch 2: "* && -s report.html ]]'

out=$("$dotnet" tool install Winnow.Cli --version "$version" --tool-path "$work/tools" --configfile nuget.config 2>&1) || { echo "$out"; exit 1; }
out=$(DOTNET_ROOT=$(dirname "$(readlink -f "$dotnet")") "$work/tools/winnow" methods 2>&1) || true
check "the tool is installed and lists the methods" '[[ $out == *infobatch* && $out == *rs2* ]]'

((failures == 0))
