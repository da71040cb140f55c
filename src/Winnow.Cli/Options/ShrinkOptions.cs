using System.CommandLine;
using System.CommandLine.Parsing;
using Winnow.Catalog;
using Winnow.Cli.Commands;
using Winnow.Networks.Shrinking;
using Winnow.Training;

namespace Winnow.Cli.Options;

/// <summary>How small a network gets, by what is counted, and whether it is trained on.</summary>
internal sealed class ShrinkOptions
{
    private const string Auto = "auto";

    private readonly Option<double?> _macs = Value.Share("--keep-macs", "share of the multiplications that is to be left, such as 50%");
    private readonly Option<double?> _parameters = Value.Share("--keep-parameters", "in its place the share of the parameters");
    private readonly Option<double?> _bytes = Value.Share("--keep-bytes", "in its place the share of the weights' bytes, buffers included");
    private readonly Option<double?> _milliseconds = Value.Share("--keep-ms", "in its place the share of the milliseconds that a batch takes on this machine, found by trying networks of several sizes beside the whole one");
    private readonly Option<int?> _batch = Value.Number<int>("--ms-batch", "samples at once where this machine's time decides (--keep-ms, --round-to auto), with --threads threads [default: 1]", RecipeRanges.BatchSize, "32");
    private readonly Option<ChannelSpread?> _spread = Spread("");
    private readonly Option<double?> _least = LeastKeep("");
    private readonly Option<string?> _round = new("--round-to") { Description = $"each layer keeps a multiple of so many channels, or all; {Auto}: of {string.Join(", ", CutSpeed.Roundings)} what is fastest on this machine [default: 1]", HelpName = $"n|{Auto}" };
    private readonly Option<string?> _recalibrate = Value.Word("--recalibrate", $"whether running statistics of batch normalisation are estimated anew after the cut, on {ShrunkRun.NormSamples} training samples", "on", "off");
    private readonly Option<int?> _recover = Value.Number<int>("--recover", "train the smaller network on for so many epochs by the run's recipe, as a run of train in a folder of its own", RecipeRanges.Epochs, "4");
    private readonly Option<string?> _method = new("--method", "-m") { Description = "with --recover: what chooses the samples of each epoch, as in train [default: full]", HelpName = "spec" };
    private readonly Option<double?> _rate = Value.Number<double>("--learning-rate", "with --recover: peak learning rate [default: a fifth of the run's, as Minitron's]", RecipeRanges.LearningRate, "0.05", aliases: "--lr");
    private readonly Option<string?> _run = new("--run") { Description = "with --recover: the folder of that run, which must not exist yet [default: runs/recover-DATA-TIME]", HelpName = "folder" };

    /// <summary>What <c>--round-to</c> takes.</summary>
    public static NumberRange<int> Roundings { get; } = new(1, 4096);

    /// <summary>The option that says how a budget is spread.</summary>
    /// <param name="of">What its description begins with.</param>
    public static Option<ChannelSpread?> Spread(string of) =>
        Value.Choice<ChannelSpread>("--spread", $"{of}global: the least worthy channels go, wherever they are; uniform: each layer keeps the same share [default: global]", ("global", ChannelSpread.Global), ("uniform", ChannelSpread.Uniform));

    /// <summary>The option that says what each layer keeps.</summary>
    /// <param name="of">What its description begins with.</param>
    public static Option<double?> LeastKeep(string of) => Value.Share("--least-keep", $"{of}share of its channels that each layer keeps in any case [default: 10%]");

    /// <summary>Adds them, and refuses command lines without exactly one budget.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _macs, _parameters, _bytes, _milliseconds, _batch, _spread, _least, _round, _recalibrate, _recover, _method, _rate, _run })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            var budgets = Budgets.Where(budget => result.GetResult(budget.Option) is not null).ToArray();
            if (budgets.Length == 0)
            {
                result.AddError($"{command.Name} needs {_macs.Name} <share>, or one of {string.Join(", ", Budgets.Skip(1).Select(static budget => budget.Option.Name))}.");
            }
            else if (budgets.Length > 1)
            {
                result.AddError($"{budgets[0].Option.Name} and {budgets[1].Option.Name} can't both be given: one of them says how small the network gets. Leave one out.");
            }

            if (result.GetResult(_recover) is null && new Option[] { _method, _rate, _run }.FirstOrDefault(option => result.GetResult(option) is not null) is { } idle)
            {
                result.AddError($"{idle.Name} means nothing without {_recover.Name} <epochs>; give that, too, or leave it out.");
            }

            var byTime = result.GetResult(_milliseconds) is not null;
            if (result.GetResult(_batch) is not null && !byTime && Text(result.GetResult(_round)) != Auto)
            {
                result.AddError($"{_batch.Name} means nothing where no time decides; leave it out, or give {_milliseconds.Name} or {_round.Name} {Auto}.");
            }

            if (byTime && Text(result.GetResult(_round)) == Auto)
            {
                result.AddError($"{_round.Name} {Auto} doesn't go with {_milliseconds.Name}, which finds the largest network of one rounding; give a number, e.g. {_round.Name} 8.");
            }
        });
    }

    /// <summary>What was asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="network">A run's folder.</param>
    /// <param name="output">Where the smaller network goes.</param>
    /// <param name="by">What a channel is worth.</param>
    public ShrinkRequest Request(ParseResult parsed, string network, string output, string by)
    {
        var (option, target) = Budgets.Single(budget => parsed.GetResult(budget.Option) is not null);
        var round = 1;
        var text = parsed.GetValue(_round);
        if (text is not null and not Auto && NumberText.Read(text, Roundings, out round) is { } problem)
        {
            throw new UsageException($"{_round.Name} {text} {problem}, and isn't {Auto}; e.g. {_round.Name} 8.");
        }

        return new(network, output, by, target, parsed.GetValue(option)!.Value, new() { Spread = parsed.GetValue(_spread) ?? ChannelSpread.Global, LeastKeep = parsed.GetValue(_least) ?? 0.1, RoundTo = round })
        {
            RoundsBySpeed = text == Auto,
            TimedBatch = parsed.GetValue(_batch) ?? 1,
            Recalibrates = parsed.GetValue(_recalibrate) != "off",
            Recovery = parsed.GetValue(_recover) is { } epochs ? new(epochs, parsed.GetValue(_method) ?? "full", parsed.GetValue(_rate), Folder(parsed)) : null,
        };
    }

    /// <summary>The first option given that only a run of train can meet; null for none.</summary>
    public string? OfRuns(ParseResult parsed) => parsed.GetValue(_round) == Auto ? $"{_round.Name} {Auto}"
        : new Option[] { _parameters, _bytes, _milliseconds, _recalibrate, _recover }.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>The first option given that means something to channels alone; null for none.</summary>
    public string? OfChannels(ParseResult parsed) => new Option[] { _spread, _least, _round, _milliseconds }.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false })?.Name;

    private string? Folder(ParseResult parsed) => parsed.GetValue(_run) is not { } folder ? null
        : folder.Trim().Length > 0 ? folder : throw new UsageException($"{_run.Name} is empty; name a folder that doesn't exist yet, or leave it out.");

    private (Option<double?> Option, ChannelTarget? Target)[] Budgets => [(_macs, ChannelTarget.Macs), (_parameters, ChannelTarget.Parameters), (_bytes, ChannelTarget.Bytes), (_milliseconds, null)];

    private static string? Text(OptionResult? result) => result?.Tokens is [var only] ? only.Value : null;
}
