using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Networks.Shrinking;
using Winnow.Onnx.Recovery;

namespace Winnow.Cli.Commands;

/// <summary>What <c>winnow shrink</c> was asked for, whatever the network is from.</summary>
/// <param name="Network">A run's folder, or a file.</param>
/// <param name="Output">Where the smaller network goes; it may be written.</param>
/// <param name="By">What a unit is worth, one of the words.</param>
/// <param name="KeepMacs">Share of the multiplications that is to be left.</param>
/// <param name="Budget">What holds meanwhile.</param>
internal sealed record ShrinkRequest(string Network, string Output, string By, double KeepMacs, ChannelBudgetOptions Budget)
{
    /// <summary>Where data are; null for the run's own, and for none with a file.</summary>
    public string? Data { get; init; }

    public Streaming Streaming { get; init; } = Streaming.Auto;

    public ulong Seed { get; init; } = 1;

    /// <summary>Samples that a file's network is fitted on; null where nothing was said.</summary>
    public int? Samples { get; init; }

    /// <summary>What is changed in layers of a file's network that have lost inputs.</summary>
    public Compensation Compensation { get; init; }

    public int Threads { get; init; } = 1;

    /// <summary>Tells of progress; null where nobody wants to know.</summary>
    public Action<string>? Note { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What shows that pictures are read.</summary>
    public DecodingView? Decoding => Note is null ? null : new(Note, Time);

    public CancellationToken Stop { get; init; }
}
