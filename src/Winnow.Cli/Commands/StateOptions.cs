using System.CommandLine;
using System.Globalization;
using Winnow.Cli.Options;
using Winnow.Plans;
using Winnow.Policies;

namespace Winnow.Cli.Commands;

/// <summary>What <c>winnow plan STATE</c> may be told: everything when a run begins, and nothing else than that when it goes on.</summary>
internal sealed record StateOptions(
    Option<string> Method, Option<int?> Samples, Option<int?> Epoch, Option<int?> Epochs, Option<ulong?> Seed, Option<PlanOrder?> Order, Option<int?> Threads,
    Option<bool> AllowUnobserved, Option[] Foreign)
{
    /// <summary>Refuses what belongs to observations, and a missing epoch.</summary>
    public void Refuse(ParseResult parsed)
    {
        if (Array.Find(Foreign, option => parsed.GetResult(option) is { Implicit: false }) is { } given)
        {
            throw new UsageException($"{given.Name} doesn't go with <state>, which keeps what was observed; hand losses over by winnow observe <state>.");
        }

        if (parsed.GetValue(Epoch) is null)
        {
            throw new UsageException("plan <state> needs --epoch <n>, so that a script which is run again gets the same plan again.");
        }
    }

    /// <summary>The run in the file; a new one where there is no file and everything is told that it takes.</summary>
    public StateFile Open(ParseResult parsed, string file, PlanSignals signals)
    {
        if (Directory.Exists(file))
        {
            throw new UsageException($"{file} is a folder; give the name of a file, e.g. run.state.");
        }

        if (!File.Exists(file))
        {
            return Begin(parsed, file, signals);
        }

        var state = StateFile.Open(file, parsed.GetValue(Threads) ?? 0, parsed.GetValue(AllowUnobserved));
        try
        {
            Compare(parsed, file, state, signals);
            return state;
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    private StateFile Begin(ParseResult parsed, string file, PlanSignals signals)
    {
        if (parsed.GetValue(Samples) is not { } samples || parsed.GetValue(Epochs) is not { } epochs || parsed.GetValue(Epoch) != 0)
        {
            throw new UsageException($"there is no {file}; a run begins with --epoch 0, --samples <n> and --epochs <n>.");
        }

        var method = PolicyCatalog.Canonical(parsed.GetValue(Method)!);
        var policy = PolicyCatalog.Parse(method);
        signals.CheckLabels(parsed, method, policy);
        var options = new PrunerOptions
        {
            Epochs = epochs,
            Seed = parsed.GetValue(Seed) ?? 1,
            Order = parsed.GetValue(Order) ?? PlanOrder.Listed,
            Labels = signals.Labels(parsed, samples),
            Threads = parsed.GetValue(Threads) ?? 0,
            AllowUnobserved = parsed.GetValue(AllowUnobserved),
        };
        return StateFile.Begin(file, method, SaveOption.Reachable(method, policy, samples, options), options);
    }

    // A script may say the same in every epoch; another value would be another run.
    private void Compare(ParseResult parsed, string file, StateFile state, PlanSignals signals)
    {
        var plan = state.Pruner.Current;
        Same(Method, PolicyCatalog.Canonical(parsed.GetValue(Method)!), state.Method);
        Same(Samples, parsed.GetValue(Samples), state.Pruner.Samples.Count);
        Same(Epochs, parsed.GetValue(Epochs), plan?.TotalEpochs);
        Same(Seed, parsed.GetValue(Seed), state.Seed);
        Same(Order, parsed.GetValue(Order), plan is null ? null : plan.IsKeyed ? PlanOrder.Keyed : PlanOrder.Listed);
        if (parsed.GetValue(signals.LabelsOption) is { } labels && !signals.Labels(parsed, state.Pruner.Samples.Count).AsSpan().SequenceEqual(state.Labels))
        {
            throw new UsageException($"{file} was begun with other labels than those of {labels}; leave --labels out, or begin another run in another file.");
        }

        void Same<T>(Option option, T given, T begun)
        {
            if (parsed.GetResult(option) is { Implicit: false } && !Equals(given, begun))
            {
                throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                    $"{file} was begun with {option.Name} {Text(begun)} and {Text(given)} is given; leave {option.Name} out, or begin another run in another file."));
            }
        }

        static string Text<T>(T value) => value is PlanOrder order ? order.ToString().ToLowerInvariant() : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
    }
}
