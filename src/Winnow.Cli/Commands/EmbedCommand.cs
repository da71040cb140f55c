using System.CommandLine;
using System.Globalization;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Embedding;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow embed</c>: a vector of each sample.</summary>
internal static class EmbedCommand
{
    private const string DefaultOut = "embeddings.npy";

    private const int DefaultPictures = 32, DefaultTexts = 64, DefaultRun = 256;

    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var data = new Argument<string?>("data") { Arity = ArgumentArity.ZeroOrOne, Description = "what train reads: a data set's name, a folder of IDX, CIFAR binary or npy files or of pictures; for texts a .jsonl file, or a folder of .jsonl and .txt files" };
        var name = new Option<string?>("--embedder", "-e")
        {
            Description = $"the network: {string.Join("; ", EmbedderCatalog.All.Select(static known => $"{known.Name} ({known.Summary})"))}; or an ONNX file with a manifest beside it, such as net.onnx with net.json",
            HelpName = "name|file",
        };
        var run = new Option<string?>("--from-run") { Description = "in place of an embedder the trained network of this run of train, which has learned classes: a row is what its last layer is given. The run says which data; <data>, if given, is where that is now", HelpName = "folder" };
        var manifest = new Option<string?>("--manifest") { Description = "the manifest of an ONNX file, where it isn't beside it", HelpName = "file" };
        var output = new Option<string?>("--out", "-o") { Description = $"the file to write, which ends in .npy; what it is of stands beside it in a .json [default: {DefaultOut}]", HelpName = "file" };
        var batch = Value.Number<int>("--batch-size", $"samples at once; it decides the last bits [default: {DefaultPictures} pictures, {DefaultTexts} texts, {DefaultRun} with --from-run]", new(1, 65536), "32");
        var threads = Value.Number<int>("--threads", "threads to compute with [default: as many as there are processors; with --from-run what OMP_NUM_THREADS says, where it is set]", RunOptions.Threads, "4");
        var quiet = new Option<bool>(RunOptions.QuietName, "-q") { Description = "no progress, only the result" };
        var source = new EmbeddingSource();
        var command = new Command("embed", "Make a vector of each sample by a network that is trained already, for choosing samples by how near they are to each other.") { data, name, run, manifest, output };
        source.AddTo(command);
        foreach (var option in new Option[] { batch, threads, quiet, RunOptions.Json })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetValue(run) is null && (result.GetValue(data) is null || result.GetValue(name) is null))
            {
                result.AddError(result.GetValue(data) is null ? $"{command.Name} needs <{data.Name}> as its first word." : $"{command.Name} needs {name.Name} <{name.HelpName}>.");
            }
        });
        Help.AddTo(command, terminal,
            ("winnow embed fashion-mnist --embedder resnet18", "512 numbers an image, into embeddings.npy; what made them into embeddings.json"),
            ("winnow embed ./photos --embedder resnet18 --part test --out test.npy", "the test part of a folder of pictures"),
            ("winnow embed texts.jsonl --embedder minilm --out texts.npy", "384 numbers a text, whose products are cosines"),
            ("winnow embed ./photos --embedder net.onnx --json", "a network of your own, with net.json beside it"),
            ("winnow embed --from-run runs/a", "the run's own samples by the network that it has trained"));
        command.SetAction(parsed =>
        {
            var silent = parsed.GetValue(quiet);
            var path = parsed.GetValue(output) ?? DefaultOut;
            if (path.Length == 0)
            {
                throw new UsageException($"--out is empty; give the name of a file, e.g. --out {DefaultOut}.");
            }

            EmbeddingFile.CheckPath(path);
            var folder = parsed.GetValue(run);
            var settled = new Option[] { name, manifest }.FirstOrDefault(option => parsed.GetResult(option) is not null) ?? source.Settled(parsed);
            if (folder is not null && settled is not null)
            {
                throw new UsageException($"{settled.Name} doesn't go with --from-run, which says the network and the samples; leave one of them out.");
            }

            if (folder is { Length: 0 })
            {
                throw new UsageException("--from-run is empty; name the folder of a run.");
            }

            if (folder is null && parsed.GetValue(name) is not { Length: > 0 })
            {
                throw new UsageException($"--embedder is empty; give {string.Join(", ", EmbedderCatalog.All.Select(static known => known.Name))} or an ONNX file.");
            }

            using var signals = new StopSignals(terminal, saves: false);
            var decoding = silent ? null : new DecodingView(terminal.WriteNote, time);
            using var embedder = folder is not null ? null : Embedder.Open(parsed.GetValue(name)!, new EmbedderOptions
            {
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
                Manifest = parsed.GetValue(manifest) is { } file ? EmbedderManifest.Read(file) : null,
                Note = terminal.WriteNote,
                Stop = signals.Token,
            });
            if (embedder is { TakesBatches: false })
            {
                terminal.WriteNote($"{embedder.Name} was exported for one row at a time, and goes through them one by one");
            }

            var at = parsed.GetValue(batch) ?? (folder is not null ? DefaultRun : embedder is TextEmbedder ? DefaultTexts : DefaultPictures);
            var (rows, known) = embedder is not null ? source.Open(parsed, parsed.GetValue(data)!, embedder, at, terminal, decoding)
                : RunRows.Open(folder!, parsed.GetValue(data), source.IsTest(parsed), at, parsed.GetValue(threads), parsed.GetValue(RecipeOptions.Stream) ?? Data.Streaming.Auto, decoding);
            using (rows)
            {
                var info = EmbeddingFile.Write(path, rows, known, time, silent ? null : new EmbeddingView(terminal.WriteProgress, time).Show, signals.Token);
                Show(parsed, terminal, path, info);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(ParseResult parsed, Terminal terminal, string path, EmbeddingInfo info)
    {
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(info, EmbeddingFile.InfoType);
            return;
        }

        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{info.Data}, {info.Part}: {info.N:N0} rows of {info.D} numbers by {info.Embedder} in {info.Seconds:N1} s, {info.N / Math.Max(info.Seconds, 1e-3):N0} rows/s."));
        terminal.WriteLine($"Embeddings: {path}");
        terminal.WriteLine($"What they are of: {EmbeddingFile.InfoPath(path)}");
    }
}
