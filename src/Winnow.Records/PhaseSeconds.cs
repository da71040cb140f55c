using System.Text.Json.Serialization;

namespace Winnow.Records;

/// <summary>Wall-clock seconds of a run, by what they were spent on.</summary>
[JsonConverter(typeof(PhaseSecondsConverter))]
public sealed class PhaseSeconds
{
    private readonly double[] _spent = new double[Phases.Count];

    /// <summary>All phases, in the order of a run.</summary>
    public static IReadOnlyList<Phase> Phases { get; } = Enum.GetValues<Phase>();

    /// <summary>Start to end, all phases and whatever lies between; of a run that went on from a checkpoint, without what was done twice.</summary>
    public double Total { get; init; }

    /// <summary>What none of the phases was charged with.</summary>
    public double Other => Math.Max(0, Total - _spent.Sum());

    /// <summary>What choosing samples took, that is selecting, planning, observing and refreshing, as a share of the whole run, in [0, 1].</summary>
    public double OverheadShare => Total > 0 ? (this[Phase.Select] + this[Phase.Plan] + this[Phase.Observe] + this[Phase.Refresh]) / Total : 0;

    /// <summary>The seconds of one phase.</summary>
    /// <param name="phase">The phase.</param>
    public double this[Phase phase]
    {
        get => _spent[(int)phase];
        init => _spent[(int)phase] = value;
    }

    /// <summary>What files call a phase, such as <c>plan</c>.</summary>
    /// <param name="phase">The phase.</param>
    public static string NameOf(Phase phase) => phase.ToString().ToLowerInvariant();

    /// <summary>Seconds by a function of the phase.</summary>
    /// <param name="spent">The seconds of a phase.</param>
    /// <param name="total">Start to end.</param>
    public static PhaseSeconds Of(Func<Phase, double> spent, double total)
    {
        var seconds = new PhaseSeconds { Total = total };
        foreach (var phase in Phases)
        {
            seconds._spent[(int)phase] = spent(phase);
        }

        return seconds;
    }

    /// <summary>The same with more of one phase, and of the whole.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="seconds">How many more, at least 0.</param>
    public PhaseSeconds With(Phase phase, double seconds) => Of(other => this[other] + (other == phase ? seconds : 0), Total + seconds);

    /// <summary>What was spent since an earlier reading of the same clock.</summary>
    /// <param name="earlier">The earlier reading.</param>
    public PhaseSeconds Since(PhaseSeconds earlier) => Of(phase => this[phase] - earlier[phase], Total - earlier.Total);
}
