using System.CommandLine;
using System.Globalization;
using Winnow.Experiments;
using Winnow.Experiments.Subsets;
using Winnow.Records.Comparisons;

namespace Winnow.Cli.Options;

/// <summary>What <c>compare</c> is asked beside the recipe: methods, what they are held against, and what is to be told.</summary>
internal sealed class CompareOptions
{
    private const int MostTargets = 4;

    private static readonly (string Word, Controls Value)[] s_controls =
    [
        ("full", Controls.Full), ("shortened", Controls.Shortened), ("equal-compute", Controls.EqualCompute), ("shortened-lr", Controls.ShortenedLr), ("random", Controls.Random), ("rs2", Controls.Rs2),
        ("all", Controls.All), ("none", Controls.None),
    ];

    private static readonly (string Word, Ablations Value)[] s_ablations = [("weights", Ablations.Weights), ("annealing", Ablations.Annealing)];

    private readonly Option<string[]> _methods = Value.List("--methods", "the methods to compare, separated by spaces; winnow methods lists them. SELECTOR:keep=K@SCORE chooses once, by a score made of trainings that are charged to it [default: infobatch]. With --keep-macs: the one by which cut networks are trained on [default: full]", "spec ...", "--method", "-m");
    private readonly Option<double?> _save = SaveOption.Create("each method");
    private readonly Option<int?> _seeds = Value.Number<int>("--seeds", "runs of every arm; intervals need 3 [default: 3, with --quick 1]", new(1, 1000), "3", "intervals need at least 3");
    private readonly Option<ulong?> _firstSeed = Value.Number<ulong>("--first-seed", "the first seed; the others follow it [default: 1]", Value.Seeds, "1");
    private readonly Option<string[]> _controls = Value.List("--controls", "what each method is held against: full (data), shortened (full data in the method's steps), equal-compute (full data for as much compute, of methods that look at more samples than they train on), shortened-lr (shortened, learning rate raised by N/k), random (as many samples, drawn at random), rs2 (as many visits), all, none [default: full shortened equal-compute, and where all methods choose once also random rs2]. With --keep-macs: random (channels), scratch-e and scratch-b (the same widths from scratch, for as many epochs and for as much compute), width (the model at a smaller width, as much compute), all, none [default: random scratch-b width]", "name ...");
    private readonly Option<bool> _noControls = new("--no-controls") { Description = "leave out full data and full data shortened to each method's steps: --controls none" };
    private readonly Option<string[]> _ablate = Value.List("--ablate", "also run each method without its weights, or without the full epochs at its end", "weights|annealing ...");
    private readonly Option<string[]> _targets = Value.List("--targets", "test accuracies, such as 0.90 0.92: tell the time and the visits until each was reached", "share ...");
    private readonly Option<double?> _margin = Value.Number<double>("--margin", "claim that each method loses at most so many points of accuracy to full data, and say whether the seeds show it; needs 3 seeds", new(0, 100) { MinOpen = true }, "0.3", "it is in percentage points of accuracy, e.g. --margin 0.3");
    private readonly Option<bool> _quick = new("--quick") { Description = "a small network, 6 epochs and one seed: minutes instead of an hour" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _methods, _save, _seeds, _firstSeed, _controls, _noControls, _ablate, _targets, _margin, _quick })
        {
            command.Options.Add(option);
        }
    }

    public bool Quick(ParseResult parsed) => parsed.GetValue(_quick);

    /// <summary>The arms, with a sentence for each that was asked for and isn't among them.</summary>
    public IReadOnlyList<ComparisonArm> Arms(ParseResult parsed, ICollection<string> notes)
    {
        var save = parsed.GetValue(_save);

        // Full data is a control, of which nothing is asked.
        var given = parsed.GetValue(_methods) is { Length: > 0 } specs ? specs : ["infobatch"];
        var methods = given.Select(spec => spec.Trim() == "full" ? spec : SubsetSpec.Is(spec) ? Budgeted(spec, save) : SaveOption.Apply(spec, save)).ToArray();
        return ComparisonPlan.Arms(methods, Chosen(parsed), Value.Words(parsed.GetValue(_ablate), "--ablate", s_ablations).Aggregate(Ablations.None, static (all, one) => all | one),
            methods.Count(static spec => spec.Trim() != "full") > 1 ? save : null, notes);
    }

    // What is chosen once and visited in every epoch saves what it doesn't keep.
    private static string Budgeted(string spec, double? save)
    {
        if (save is not { } share)
        {
            return spec;
        }

        var at = spec.IndexOf('@', StringComparison.Ordinal);
        return SpecText.Base(spec[..at]).Values.Any(static value => value.Key == "keep")
            ? throw new UsageException($"--save {share.ToString("R", CultureInfo.InvariantCulture)} is given and \"{spec}\" says itself how many samples it keeps; leave one of them out.")
            : SpecText.With(spec[..at], "keep", (1 - (decimal)share).ToString("0.0###############", CultureInfo.InvariantCulture)) + spec[at..];
    }

    public ulong[] Seeds(ParseResult parsed)
    {
        var count = parsed.GetValue(_seeds) ?? (Quick(parsed) ? 1 : 3);
        var first = parsed.GetValue(_firstSeed) ?? 1;
        return first <= ulong.MaxValue - (ulong)count
            ? [.. Enumerable.Range(0, count).Select(k => first + (ulong)k)]
            : throw new UsageException($"--first-seed {first} leaves no room for {count} seeds; the last one would be above {ulong.MaxValue}.");
    }

    /// <summary>The margin in points; null when nothing is claimed.</summary>
    public double? Margin(ParseResult parsed, int seeds)
    {
        if (parsed.GetValue(_margin) is not { } margin)
        {
            return null;
        }

        var text = margin.ToString("R", CultureInfo.InvariantCulture);
        if (!Chosen(parsed).HasFlag(Controls.Full))
        {
            throw new UsageException($"--margin {text} is about the difference to full data, which isn't run; add full to --controls, or leave out --no-controls.");
        }

        return seeds >= Difference.SeedsForInterval
            ? margin
            : throw new UsageException($"--margin {text} with {(seeds == 1 ? "1 seed" : $"{seeds} seeds")}: such a claim needs an interval, and that at least {Difference.SeedsForInterval} seeds; use --seeds {Difference.SeedsForInterval} or more, or leave out --margin.");
    }

    public IReadOnlyList<double> Targets(ParseResult parsed)
    {
        var words = parsed.GetValue(_targets) ?? [];
        if (words.Length > MostTargets)
        {
            throw new UsageException($"--targets takes at most {MostTargets} accuracies, and {words.Length} are given; leave some out.");
        }

        double[] targets = [.. words.Select(static word => Value.ReadShare(word) ?? throw new UsageException($"--targets {word} is not a test accuracy in (0, 1); e.g. --targets 0.90 0.92 or 90%."))];
        return targets.Distinct().Count() == targets.Length ? targets : throw new UsageException("--targets names an accuracy twice; name each once.");
    }

    // What chooses once is held against a random choice of as many, and against new ones in each epoch.
    private Controls Chosen(ParseResult parsed) => Asked(parsed, s_controls,
        parsed.GetValue(_methods) is { Length: > 0 } methods && methods.All(SubsetSpec.Is) ? Controls.Default | Controls.Random | Controls.Rs2 : Controls.Default, static (all, one) => all | one);

    /// <summary>The controls that are asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="known">Their words.</param>
    /// <param name="byDefault">Those where nothing is said.</param>
    /// <param name="both">Puts some together.</param>
    public T Asked<T>(ParseResult parsed, (string Word, T Value)[] known, T byDefault, Func<T, T, T> both)
        where T : struct, Enum
    {
        var given = parsed.GetValue(_controls) ?? [];
        if (parsed.GetValue(_noControls))
        {
            return given.Length == 0 ? default : throw new UsageException("--controls and --no-controls are both given; leave one of them out.");
        }

        if (given.Length == 0)
        {
            return byDefault;
        }

        var controls = Value.Words(given, "--controls", known);
        return controls.Length == 1 || !controls.Contains(default)
            ? controls.Aggregate(both)
            : throw new UsageException("--controls none stands beside others; leave out none, or the others.");
    }

    /// <summary>The one method by which smaller networks are trained on, with the saving that is asked of it; null for all data.</summary>
    public string? Method(ParseResult parsed) => (parsed.GetValue(_methods) ?? [], parsed.GetValue(_save)) switch
    {
        ([], null) => null,
        ([], { } save) => throw new UsageException($"--save {save.ToString("R", CultureInfo.InvariantCulture)} is asked of no method; name the one by which cut networks are trained on, e.g. --methods infobatch."),
        ([var only], _) when SubsetSpec.Is(only) => throw new UsageException($"--methods {only} chooses once, and cut networks are trained on by methods that choose as they train; use one such as infobatch, or give a chosen subset by --subset."),
        ([var only], var save) => SaveOption.Apply(only, save),
        (var several, _) => throw new UsageException($"--methods names {several.Length} methods; cut networks are trained on by one. Name one, or leave it out for all data."),
    };
}
