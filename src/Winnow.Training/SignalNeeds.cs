using Winnow.Samples;
using Winnow.Training.Tasks;

namespace Winnow.Training;

/// <summary>What a method needs of a pass, by the names of signals.</summary>
internal static class SignalNeeds
{
    /// <summary>The names.</summary>
    public static IReadOnlySet<string> Of(Signals needs) =>
        new HashSet<string>(needs.HasFlag(Signals.Predictions) ? [SignalNames.Confidence, SignalNames.Correct] : [], StringComparer.Ordinal);

    /// <summary>The confidences, where they are needed.</summary>
    public static float[] Confidences(Signals needs, SampleColumns signals) => needs.HasFlag(Signals.Predictions) ? signals[SignalNames.Confidence] : [];

    /// <summary>Which predictions were right, where that is needed.</summary>
    public static bool[] Correct(Signals needs, SampleColumns signals) => needs.HasFlag(Signals.Predictions) ? signals.Flags(SignalNames.Correct) : [];
}
