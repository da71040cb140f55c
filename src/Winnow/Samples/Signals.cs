namespace Winnow.Samples;

/// <summary>What a policy has to be told of the samples, beside their number.</summary>
[Flags]
public enum Signals
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The raw loss of each visited sample.</summary>
    Losses = 1,

    /// <summary>Whether the model's prediction for each visited sample was right, and with which probability it was made.</summary>
    Predictions = 2,

    /// <summary>The mean loss of the batch that each visited sample was in.</summary>
    BatchLosses = 8,

    /// <summary>The class of each sample, known before the run: <c>PrunerOptions.Labels</c>.</summary>
    Labels = 4,
}

/// <summary>Reading of <see cref="Signals"/>.</summary>
internal static class SignalsExtensions
{
    /// <summary>Whether all of these are among them; unlike HasFlag it never allocates.</summary>
    public static bool Has(this Signals signals, Signals these) => (signals & these) == these;
}
