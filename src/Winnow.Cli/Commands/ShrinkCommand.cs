using System.CommandLine;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Experiments.Networks;
using Winnow.Onnx.Recovery;
using Winnow.Training.Models;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow shrink</c>: a smaller network out of a trained one.</summary>
internal static class ShrinkCommand
{
    private const string DefaultOut = "small.safetensors", DefaultModel = "small.onnx";

    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var run = new Argument<string>("network") { Description = $"the folder of a run of train that has learned classes with a model of the catalogue, or a network from elsewhere, whose file ends in {ExportedClassifier.Extension}" };
        var by = Value.Word("--by", $"what a channel is worth: {UnitScoring.Magnitude}, the length of its weights; {UnitScoring.Taylor}, how much the loss depends on it, by gradients of {UnitScoring.GradientSamples} training samples; {UnitScoring.Slimming}, the scales of its batch norms, of a run that was trained with --slimming; {ShrunkModel.Obs}, for {ExportedClassifier.Extension}, how much the layers that read it lose once their other weights have made up for it; {NetworkArms.Random}, nothing; {ShrunkRun.Cosine}, the default with --units {ShrinkResult.WholeLayers}, how far a layer turns what it is given of {UnitScoring.GradientSamples} training samples", UnitScoring.Magnitude, UnitScoring.Taylor, UnitScoring.Slimming, ShrunkModel.Obs, ShrunkRun.Cosine, NetworkArms.Random);
        var units = Value.Word("--units", $"what goes: {ShrinkResult.Channels}, with all that goes with them, or {ShrinkResult.WholeLayers}, whole blocks that give as much as they are given, such as residual blocks", ShrinkResult.Channels, ShrinkResult.WholeLayers);
        var options = new ShrinkOptions();
        var data = new Option<string?>("--data") { Description = $"where the run's data is now, if not where it was; for {ExportedClassifier.Extension}, data that it is fitted on and, where it tells their classes, tested with [default: random numbers]", HelpName = "data" };
        var output = new Option<string?>("--out", "-o") { Description = $"the smaller network's weights, which end in {WeightsFile.SafetensorsEnding}, or the network itself for programs without TorchSharp, which ends in {ExportedClassifier.Extension} [default: {DefaultOut}]", HelpName = "file" };
        var compensate = Value.Choice<Compensation>("--compensate", $"for {ExportedClassifier.Extension}, what is changed without training in layers that have lost inputs: weights, all of them, by least squares; bias, so that means stay; none [default: weights with --data, else none]", ("weights", Compensation.Weights), ("bias", Compensation.Bias), ("none", Compensation.None));
        var samples = Value.Number<int>("--samples", $"for {ExportedClassifier.Extension}, samples that it is fitted on [default: {ShrunkModel.DefaultSamples}]", new(1, 1 << 20), "64");
        var force = new Option<bool>("--force") { Description = "replace a file that is there" };
        var seed = Value.Number<ulong>("--seed", "of random worths and of the samples that gradients are taken of [default: 1]", Value.Seeds, "7");
        var threads = Value.Number<int>("--threads", "threads to compute with, and the larger of the two numbers that speed is measured with [default: as many as there are processors]", RunOptions.Threads, "4");
        var quiet = new Option<bool>(RunOptions.QuietName, "-q") { Description = "no progress, only the result" };
        var command = new Command("shrink", "Make a trained network smaller: take out the channels and attention heads, or the layers, that are worth least, prove that what is left computes the same without them, and measure what that saves and costs.")
        {
            run, units, by,
        };
        options.AddTo(command);
        foreach (var option in new Option[] { data, compensate, samples, RecipeOptions.Stream, output, force, seed, threads, quiet, RunOptions.Json })
        {
            command.Options.Add(option);
        }

        Help.AddTo(command, terminal,
            ("winnow shrink runs/a --keep-macs 50%", "half of the multiplications, into small.safetensors"),
            ("winnow shrink net.onnx --keep-macs 50% --data ./pictures", "a network from elsewhere, without training, into small.onnx"),
            ("winnow shrink runs/a --keep-macs 25% --by taylor --round-to 8", "a quarter, by gradients, in multiples of 8 channels"),
            ("winnow shrink runs/a --keep-macs 70% --units layers", "whole blocks, those that change least what they are given: depth in place of width"),
            ("winnow shrink runs/a --keep-ms 60% --ms-batch 32 --threads 1", "so small that a batch takes 60 % of the time here"),
            ("winnow shrink runs/a --keep-macs 50% --recover 4 --method infobatch", "what it lost, learned again, on a part of the data; a run of its own that can be gone on with"),
            ("winnow train fashion-mnist --weights small.safetensors --epochs 4", "the same by hand; --model and --width as the run had them"));
        command.SetAction(parsed =>
        {
            var isModel = parsed.GetValue(run)!.EndsWith(ExportedClassifier.Extension, StringComparison.OrdinalIgnoreCase);
            var path = parsed.GetValue(output) ?? (isModel ? DefaultModel : DefaultOut);
            OutputFile.Check(output.Name, path, parsed.GetValue(force));
            if (isModel && !path.EndsWith(ExportedClassifier.Extension, StringComparison.OrdinalIgnoreCase))
            {
                throw new UsageException($"{output.Name} {path} doesn't end in {ExportedClassifier.Extension}, which is written of a network from such a file; give such a name, e.g. {DefaultModel}.");
            }

            if (!path.EndsWith(WeightsFile.SafetensorsEnding, StringComparison.OrdinalIgnoreCase) && !path.EndsWith(ExportedClassifier.Extension, StringComparison.OrdinalIgnoreCase))
            {
                throw new UsageException($"{output.Name} {path} ends neither in {WeightsFile.SafetensorsEnding} nor in {ExportedClassifier.Extension}, which are written; give such a name, e.g. {DefaultOut}.");
            }

            var layers = parsed.GetValue(units) == ShrinkResult.WholeLayers;
            var word = parsed.GetResult(by) is { Implicit: false } ? parsed.GetValue(by)! : layers ? ShrunkRun.Cosine : UnitScoring.Magnitude;
            if (layers && isModel)
            {
                throw new UsageException($"{units.Name} {ShrinkResult.WholeLayers} is for runs of train, and {parsed.GetValue(run)} is a file; leave it out.");
            }

            if (layers && word is not (ShrunkRun.Cosine or UnitScoring.Magnitude or NetworkArms.Random))
            {
                throw new UsageException($"{by.Name} {word} says what channels are worth, and {units.Name} {ShrinkResult.WholeLayers} takes out layers; use {by.Name} {ShrunkRun.Cosine}, {UnitScoring.Magnitude} or {NetworkArms.Random}.");
            }

            if (layers && options.OfChannels(parsed) is { } ofChannels)
            {
                throw new UsageException($"{ofChannels} is about channels, and {units.Name} {ShrinkResult.WholeLayers} takes out layers; leave it out.");
            }

            if (!layers && word == ShrunkRun.Cosine)
            {
                throw new UsageException($"{by.Name} {word} says what whole layers are worth; give {units.Name} {ShrinkResult.WholeLayers}, too, or use {by.Name} {UnitScoring.Magnitude}.");
            }

            if (isModel && word == UnitScoring.Slimming)
            {
                throw new UsageException($"{by.Name} {word} goes by scales of batch norms that a run of train was penalised for, and {parsed.GetValue(run)} is no run; use {by.Name} {ShrunkModel.Obs} or {UnitScoring.Magnitude}.");
            }

            if (isModel && word == UnitScoring.Taylor)
            {
                throw new UsageException($"{by.Name} {word} needs gradients, which nobody can take of {parsed.GetValue(run)}; use {by.Name} {ShrunkModel.Obs} or {UnitScoring.Magnitude}.");
            }

            if (isModel && options.OfRuns(parsed) is { } trains)
            {
                throw new UsageException($"{trains} is for runs of train, and {parsed.GetValue(run)} is a file; leave it out.");
            }

            if (!isModel && (word == ShrunkModel.Obs ? $"{by.Name} {word}" : parsed.GetResult(compensate) is not null ? compensate.Name : parsed.GetResult(samples) is not null ? samples.Name : null) is { } only)
            {
                throw new UsageException($"{only} is for networks from files that end in {ExportedClassifier.Extension}, and {parsed.GetValue(run)} is a run; leave it out, or give such a file, as winnow export makes one.");
            }

            var asked = options.Request(parsed, parsed.GetValue(run)!, path, word);
            using var signals = new StopSignals(terminal, saves: asked.Recovery is not null);
            var request = asked with
            {
                Layers = layers,
                Data = parsed.GetValue(data),
                Streaming = parsed.GetValue(RecipeOptions.Stream) ?? Streaming.Auto,
                Samples = parsed.GetValue(samples),
                Compensation = parsed.GetValue(compensate) ?? (parsed.GetValue(data) is null ? Compensation.None : Compensation.Weights),
                Seed = parsed.GetValue(seed) ?? 1,
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
                Note = parsed.GetValue(quiet) ? null : terminal.WriteNote,
                Time = time,
                Stop = signals.Token,
            };
            if ((isModel ? ShrunkModel.Make(request) : ShrunkRun.Make(request, terminal)) is not var (result, next))
            {
                return ExitCode.Interrupted;
            }

            if (parsed.GetValue(RunOptions.Json))
            {
                terminal.WriteJson(result, CliJson.Indented.ShrinkResult);
                return ExitCode.Done;
            }

            ShrinkTable.Write(terminal, result, isModel ? "test accuracy, untrained" : "test accuracy, cut alone");
            terminal.WriteLine(next);
            return ExitCode.Done;
        });
        return command;
    }
}
