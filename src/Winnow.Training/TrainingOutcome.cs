using System.Security.Cryptography;
using System.Text;
using Winnow.Policies;
using Winnow.Records;

namespace Winnow.Training;

/// <summary>What is asked of one run beside the recipe.</summary>
public sealed record TrainingRequest
{
    /// <summary>A spec of the policy catalogue, such as <c>infobatch:keep=0.5</c>.</summary>
    public required string Method { get; init; }

    /// <summary>Decides initial weights, order, draws and augmentation.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// Ends the run after so many steps, with the schedule shortened to end there; null runs the recipe's epochs. This is the control
    /// for a pruned run: the full data under the same number of steps.
    /// </summary>
    public long? Steps { get; init; }

    /// <summary>Used in place of the one that <see cref="Method"/> describes; the method's text is then a name only.</summary>
    public IPruningPolicy? Policy { get; init; }

    /// <summary>What the recipe's learning rate is multiplied by, above 0: for a control whose steps are as large as a pruned run's.</summary>
    public double LearningRateScale { get; init; } = 1;
}

/// <summary>One tensor of the trained model on the host, in C order.</summary>
/// <param name="Name">Its name in the model, as PyTorch has it.</param>
/// <param name="Shape">The sizes of its dimensions; none for a single number.</param>
/// <param name="Type">The element type as safetensors writes it: <c>F32</c>, <c>F64</c>, <c>F16</c>, <c>BF16</c>, <c>I64</c>, <c>I32</c>, <c>I16</c>, <c>I8</c>, <c>U8</c> or <c>BOOL</c>.</param>
/// <param name="Bytes">The elements.</param>
public sealed record WeightArray(string Name, IReadOnlyList<long> Shape, string Type, byte[] Bytes)
{
    /// <summary>Type and shape for a message, such as <c>F32[3, 4]</c>.</summary>
    public string Description => Winnow.Checkpoints.SafetensorsHeader.Describe(Type, Shape);

    /// <summary>The elements as float32.</summary>
    /// <exception cref="InvalidOperationException">They are of another type.</exception>
    public float[] Values => Type == "F32"
        ? System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Bytes).ToArray()
        : throw new InvalidOperationException($"\"{Name}\" holds {Type} and not F32; read its bytes.");
}

/// <summary>What a run came to.</summary>
public sealed record TrainingOutcome
{
    /// <summary>The canonical method spec.</summary>
    public required string Method { get; init; }

    /// <summary>The seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Epochs finished.</summary>
    public required int Epochs { get; init; }

    /// <summary>Samples visited over the run, those that were only candidates within a batch included.</summary>
    public required long Visited { get; init; }

    /// <summary>Optimiser steps over the run.</summary>
    public required long Steps { get; init; }

    /// <summary>Samples sent forward through the model in training: visits, refreshes, and candidates that a batch was chosen from. Evaluation isn't among them.</summary>
    public long Forwards { get; init; }

    /// <summary>Samples whose loss was sent backward.</summary>
    public long Backwards { get; init; }

    /// <summary>The share of visits that the method was asked to save; null when it wasn't asked.</summary>
    public double? AskedSave { get; init; }

    /// <summary>Final test accuracy of each class, in [0, 1]; NaN for a class without test samples. Empty when the run was interrupted.</summary>
    public IReadOnlyList<double> ClassAccuracy { get; init; } = [];

    /// <summary>
    /// For each class how often its training samples were trained on over how often the recipe's full epochs would have; NaN for a class
    /// without training samples.
    /// </summary>
    public IReadOnlyList<double> ClassKeep { get; init; } = [];

    /// <summary>Samples that the same number of full epochs would have visited.</summary>
    public required long FullVisits { get; init; }

    /// <summary>What the run computed, in units of one sample sent forward; sending it backward counts as two. Evaluation isn't in it.</summary>
    public long Compute => Forwards + (2 * Backwards);

    /// <summary>What the same number of full epochs would have computed, in the same unit.</summary>
    public long FullCompute => 3 * FullVisits;

    /// <summary>The share of <see cref="FullCompute"/> saved; below 0 when a method's extra forward passes cost more than it left out.</summary>
    public double ComputeSaved => 1 - ((double)Compute / FullCompute);

    /// <summary>Steps that the same number of full epochs would have taken.</summary>
    public required long FullSteps { get; init; }

    /// <summary>What the network is judged by at the end (not at its best); none when the run was interrupted.</summary>
    public Metrics Metrics { get => field ?? Metrics.None; init; } = Metrics.None;

    /// <summary>Final (not best) test accuracy in [0, 1]; null when the run was interrupted.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Final test loss; null when it isn't finite or the run was interrupted.</summary>
    public double? TestLoss { get; init; }

    /// <summary>True when the run was stopped from outside.</summary>
    public bool Interrupted { get; init; }

    /// <summary>Seconds by phase.</summary>
    public required PhaseSeconds Seconds { get; init; }

    /// <summary>A report an epoch.</summary>
    public required IReadOnlyList<EpochReport> History { get; init; }

    /// <summary>Parameters and running statistics at the end.</summary>
    public required IReadOnlyList<WeightArray> Weights { get; init; }

    /// <summary>The result of <see cref="WeightsSha256"/> once the weights themselves were let go.</summary>
    internal string? WeightsDigest { get; init; }

    /// <summary>The same without the weights themselves, of which only the fingerprint stays.</summary>
    public TrainingOutcome WithoutWeights() => this with { Weights = [], WeightsDigest = WeightsSha256() };

    /// <summary>SHA-256 over names, shapes and bits of <see cref="Weights"/>: equal for runs that ended bit for bit the same.</summary>
    public string WeightsSha256()
    {
        if (WeightsDigest is not null)
        {
            return WeightsDigest;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var weight in Weights)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{weight.Name}[{string.Join(',', weight.Shape)}]"));
            hash.AppendData(weight.Bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
