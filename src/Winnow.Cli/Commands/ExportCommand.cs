using System.CommandLine;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Onnx;
using Winnow.Onnx.Export;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow export</c>: a trained network as an ONNX file.</summary>
internal static class ExportCommand
{
    private const string DefaultOut = "model.onnx";

    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var run = new Argument<string>("run") { Description = "the folder of a run of train that has learned classes with a model of the catalogue, also of one that was made smaller" };
        var output = new Option<string?>("--out", "-o") { Description = $"the file to write, which ends in {ExportedClassifier.Extension} [default: {DefaultOut}]", HelpName = "file" };
        var inputs = Value.Word("--inputs", "what the file takes: data, the numbers that the data files hold, such as bytes from 0 to 255, whose scaling is then part of the file; scaled, what the network itself takes", "data", "scaled");
        var data = new Option<string?>("--data") { Description = "where the run's data is now, if not where it was", HelpName = "data" };
        var force = new Option<bool>("--force") { Description = "replace a file that is there" };
        var quiet = new Option<bool>(RunOptions.QuietName, "-q") { Description = "no progress, only the result" };
        var command = new Command("export", "Write a trained network as an ONNX file, for programs without TorchSharp, and run that file in ONNX Runtime to prove that it gives the same.")
        {
            run, output, inputs, data, RecipeOptions.Stream, force, quiet, RunOptions.Json,
        };
        Help.AddTo(command, terminal,
            ("winnow export runs/a", "into model.onnx, which takes pixels as they are in the data files"),
            ("winnow export runs/a --inputs scaled --out net.onnx", "without the scaling of its inputs"),
            ("winnow shrink runs/a --keep-macs 50% --out small.onnx", "made smaller before"));
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(output) ?? DefaultOut;
            OutputFile.Check(output.Name, path, parsed.GetValue(force));
            if (!path.EndsWith(ExportedClassifier.Extension, StringComparison.OrdinalIgnoreCase))
            {
                throw new UsageException($"{output.Name} {path} doesn't end in {ExportedClassifier.Extension}, which is what is written; give such a name, e.g. {DefaultOut}.");
            }

            var trained = TrainedRun.Open("", parsed.GetValue(run)!, parsed.GetValue(data), "by --data", parsed.GetValue(RecipeOptions.Stream) ?? Streaming.Auto, parsed.GetValue(quiet) ? null : new DecodingView(terminal.WriteNote, time));
            using var classifier = new TrainedClassifier(trained.Task, trained.Weights(), trained.WeightsPath);
            var exported = ExportedClassifier.Of(trained, classifier, parsed.GetValue(inputs) == "scaled");
            exported.Network.Save(path);
            Show(parsed, terminal, new(
                parsed.GetValue(run)!, path, new FileInfo(path).Length, exported.Network.Opset, exported.Network.Inputs, exported.Network.Outputs, trained.Task.Data.Test.ClassNames, exported.Difference, exported.TestSamples));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(ParseResult parsed, Terminal terminal, ExportResult result)
    {
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(result, CliJson.Indented.ExportResult);
            return;
        }

        terminal.WriteLine(FormattableString.Invariant($"{result.File}: {result.Bytes:N0} bytes, ONNX operators of version {result.Opset}"));
        terminal.WriteLine($"takes {string.Join(", ", result.Inputs)}");
        terminal.WriteLine($"gives {string.Join(", ", result.Outputs)}{(result.Classes is { } names ? $": {string.Join(", ", names)}" : "")}");
        terminal.WriteLine(FormattableString.Invariant($"In ONNX Runtime its outputs differ from the network's by {result.Difference:0.0e+0} of the largest, on random inputs{(result.TestSamples > 0 ? $" and on {result.TestSamples} test samples" : "")} (at most {OnnxExport.Tolerance:0e+0} is let through)."));
    }
}

/// <summary>What <c>winnow export --json</c> says.</summary>
internal sealed record ExportResult(string Run, string File, long Bytes, long Opset, IReadOnlyList<OnnxPort> Inputs, IReadOnlyList<OnnxPort> Outputs, IReadOnlyList<string>? Classes, double Difference, int TestSamples);
