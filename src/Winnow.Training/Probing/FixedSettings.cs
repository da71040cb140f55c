using Winnow.Records;

namespace Winnow.Training.Probing;

/// <summary>What the user has settled already; null lets the probe choose.</summary>
public sealed record FixedSettings
{
    /// <summary>Number format of the heavy operators.</summary>
    public Precision? Precision { get; init; }

    /// <summary>Memory order of images.</summary>
    public MemoryLayout? Layout { get; init; }

    /// <summary>Threads that one operator may use.</summary>
    public int? Threads { get; init; }
}
