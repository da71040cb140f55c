using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Networks.Shrinking;
using Winnow.Onnx.Recovery;

namespace Winnow.Cli.Commands;

/// <summary>What <c>winnow shrink</c> was asked for, whatever the network is from.</summary>
/// <param name="Network">A run's folder, or a file.</param>
/// <param name="Output">Where the smaller network goes; it may be written.</param>
/// <param name="By">What a unit is worth, one of the words.</param>
/// <param name="Target">What is counted; null for milliseconds.</param>
/// <param name="Keep">Share of it that is to be left.</param>
/// <param name="Budget">What holds meanwhile.</param>
internal sealed record ShrinkRequest(string Network, string Output, string By, ChannelTarget? Target, double Keep, ChannelBudgetOptions Budget)
{
    /// <summary>Whether whole layers go, in place of channels.</summary>
    public bool Layers { get; init; }

    /// <summary>Whether the rounding is the one that is fastest on this machine, in place of the budget's.</summary>
    public bool RoundsBySpeed { get; init; }

    /// <summary>Samples at once where this machine's time decides.</summary>
    public int TimedBatch { get; init; } = 1;

    /// <summary>Whether running statistics of batch normalisation are estimated anew.</summary>
    public bool Recalibrates { get; init; } = true;

    /// <summary>How the smaller network is trained on; null where it isn't.</summary>
    public RecoveryRequest? Recovery { get; init; }

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

    /// <summary>What the target is called in JSON.</summary>
    public string TargetName => Target switch { ChannelTarget.Macs => "macs", ChannelTarget.Parameters => "parameters", ChannelTarget.Bytes => "bytes", _ => "ms" };

    /// <summary>Takes how much of some work is done, and tells how long the rest takes where that is more than two seconds; null where nobody wants to know.</summary>
    /// <param name="what">The work.</param>
    public Action<int, int>? Progress(string what)
    {
        if (Note is not { } note)
        {
            return null;
        }

        var pace = new Pace(Time);
        return (done, total) =>
        {
            if (pace.Left(done, total) is { } left)
            {
                note(FormattableString.Invariant($"{what}: {done:N0}/{total:N0}  ETA {left}"));
            }
        };
    }
}

/// <summary>How a smaller network is trained on.</summary>
/// <param name="Epochs">For how long.</param>
/// <param name="Method">By which samples, a spec.</param>
/// <param name="LearningRate">The peak learning rate; null for <see cref="Share"/> of the run's.</param>
/// <param name="Folder">The run's folder; null for one named by data and time.</param>
internal sealed record RecoveryRequest(int Epochs, string Method, double? LearningRate, string? Folder)
{
    /// <summary>
    /// The share of a run's peak learning rate that its smaller network begins again with: about that of Minitron (Muralidharan et al., "Compact Language Models via Pruning
    /// and Knowledge Distillation", NeurIPS 2024); nothing was measured here on it.
    /// </summary>
    public const double Share = 0.2;
}
