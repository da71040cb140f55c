using Winnow.Numerics;

namespace Winnow.Training.Tasks;

/// <summary>Where what happens to a sample (how it is varied, masked, noised) is drawn from: named streams that depend on seed and epoch alone, at places that belong to the sample.</summary>
/// <param name="Seed">Of the run.</param>
/// <param name="Epoch">0-based.</param>
public readonly record struct SampleDraws(ulong Seed, int Epoch)
{
    /// <summary>A stream of random numbers. Take those at places computed from the sample's id, never one after the other: what happens to a sample mustn't depend on which others are visited.</summary>
    /// <param name="name">What is drawn, such as <c>augment</c>.</param>
    public Rng Stream(string name) => Rng.Derive(Seed, Epoch, name);
}

/// <summary>One part of a task's data (what is trained on, or what is tested on) ready to be read on a device. It belongs to a run.</summary>
public interface ISampleReader : IDisposable
{
    /// <summary>Begins a pass. All ids are known, so that what follows can be read ahead.</summary>
    /// <param name="ids">The samples in the order in which they will be asked for; some may come twice.</param>
    /// <param name="draws">How they are varied; null for samples as they are, as in evaluation.</param>
    IBatchReader Read(ReadOnlyMemory<int> ids, SampleDraws? draws);
}

/// <summary>The samples of a pass, batch after batch.</summary>
public interface IBatchReader : IDisposable
{
    /// <summary>Consecutive samples of the pass as a batch, which belongs to the current dispose scope. Batches are asked for from the first to the last, without gaps; the first may begin anywhere.</summary>
    /// <param name="start">The first one's place in the pass, 0-based.</param>
    /// <param name="count">How many.</param>
    Batch Take(int start, int count);
}
