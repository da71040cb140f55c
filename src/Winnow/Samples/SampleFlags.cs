namespace Winnow.Samples;

/// <summary>What is known of a sample besides its numbers.</summary>
[Flags]
public enum SampleFlags : byte
{
    /// <summary>Never observed: a fact of its own, not a value of the loss.</summary>
    None = 0,

    /// <summary>Observed at least once.</summary>
    Seen = 1,

    /// <summary>The last observed loss was NaN or infinite. Such a sample is kept and left out of statistics until a finite loss arrives.</summary>
    NonFinite = 2,
}
