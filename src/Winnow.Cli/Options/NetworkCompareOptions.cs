using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Winnow.Experiments.Networks;
using Winnow.Networks.Shrinking;
using Winnow.Policies;
using Winnow.Records.Comparisons;
using Winnow.Training;

namespace Winnow.Cli.Options;

/// <summary>What <c>compare</c> is asked where it compares smaller networks: <c>--keep-macs</c> says that it does.</summary>
internal sealed class NetworkCompareOptions
{
    private static readonly (string Word, NetworkControls Value)[] s_controls =
    [
        ("random", NetworkControls.Random), ("scratch-e", NetworkControls.ScratchE), ("scratch-b", NetworkControls.ScratchB), ("width", NetworkControls.Width), ("all", NetworkControls.All), ("none", NetworkControls.None),
    ];

    private readonly Option<string[]> _keep = Value.List("--keep-macs", "compare smaller networks: cut a trained one to these shares of its multiplications, train it on, and hold it against networks of that size trained from scratch", "share ...");
    private readonly Option<string[]> _by = Value.List("--by", $"networks: what channels are worth, of {string.Join(", ", UnitScoring.Names)} [default: magnitude taylor]", "score ...");
    private readonly Option<int?> _recover = Value.Number<int>("--recover", "networks: epochs that a cut one is trained on [default: half of --epochs]", RecipeRanges.Epochs, "4");
    private readonly Option<double?> _rate = Value.Number<double>("--recover-rate", "networks: what the peak learning rate is multiplied by meanwhile [default: 1]", new(0, 10) { MinOpen = true }, "0.5");

    private readonly Option<ChannelSpread?> _spread = ShrinkOptions.Spread("networks: ");
    private readonly Option<double?> _least = ShrinkOptions.LeastKeep("networks: ");
    private readonly Option<int?> _round = Value.Number<int>("--round-to", "networks: each layer keeps a multiple of so many channels, or all [default: 1]", ShrinkOptions.Roundings, "8");

    // What means nothing to networks, of the other options of compare.
    private static readonly string[] s_useless = ["--ablate", "--targets", "--margin", "--quick", "--weights", "--slimming-keep", "--samples", "--density", "--sparsify"];

    public void AddTo(Command command)
    {
        foreach (var option in Others.Prepend(_keep))
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether smaller networks are to be compared; refuses what means nothing to what is compared.</summary>
    public bool Asked(ParseResult parsed)
    {
        if (parsed.GetValue(_keep) is not { Length: > 0 })
        {
            return Others.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is not { } useless ? false
                : throw new UsageException($"{useless.Name} is about smaller networks; say by {_keep.Name} how small, e.g. {_keep.Name} 50%, or leave it out.");
        }

        return parsed.CommandResult.Children.OfType<OptionResult>().FirstOrDefault(static given => !given.Implicit && s_useless.Contains(given.Option.Name)) is not { } other ? true
            : throw new UsageException($"{other.Option.Name} means nothing beside {_keep.Name}, where networks are compared and not methods; leave it out.");
    }

    /// <summary>What is compared.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="options">Methods, saving and controls.</param>
    /// <param name="epochs">Epochs of the recipe.</param>
    /// <param name="slimming">The strength of a penalty that was given; null for none.</param>
    public NetworkPlan Plan(ParseResult parsed, CompareOptions options, int epochs, double? slimming)
    {
        double[] keep = [.. parsed.GetValue(_keep)!.Select(word => Value.ReadShare(word) ?? throw new UsageException($"{_keep.Name} {word} is not a share in (0, 1); e.g. {_keep.Name} 50% 25%."))];
        var by = parsed.GetValue(_by) is { Length: > 0 } given ? given : ["magnitude", "taylor"];
        _ = Value.Words(by, _by.Name, [.. UnitScoring.Names.Select(static name => (name, name))]);
        Once(_by.Name, by);
        Once(_keep.Name, keep);
        var penalised = by.Any(UnitScoring.NeedsPenalty);
        if (slimming is not null && !penalised)
        {
            throw new UsageException($"--slimming readies networks for {_by.Name} slimming, which isn't asked for; leave one out or give the other.");
        }

        return new()
        {
            Penalty = penalised ? slimming ?? 1e-4 : null,
            Arms = NetworkArms.Of(by, keep, options.Asked(parsed, s_controls, NetworkControls.Default, static (all, one) => all | one)),
            Recover = parsed.GetValue(_recover) ?? Math.Max(1, epochs / 2),
            RecoverRate = parsed.GetValue(_rate) ?? 1,
            Spread = parsed.GetValue(_spread) == ChannelSpread.Uniform ? "uniform" : "global",
            LeastKeep = parsed.GetValue(_least) ?? new ChannelBudgetOptions().LeastKeep,
            RoundTo = parsed.GetValue(_round) ?? 1,
            Method = options.Method(parsed) is { } method ? PolicyCatalog.Canonical(method) : "full",
        };
    }

    private Option[] Others => [_by, _recover, _rate, _spread, _least, _round];

    private static void Once<T>(string option, T[] values)
    {
        if (values.Distinct().Count() < values.Length)
        {
            throw new UsageException($"{option} names {string.Create(CultureInfo.InvariantCulture, $"{values.GroupBy(static value => value).First(static group => group.Count() > 1).Key}")} twice; name each once.");
        }
    }
}
