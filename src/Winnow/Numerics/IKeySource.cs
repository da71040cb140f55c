namespace Winnow.Numerics;

/// <summary>A group and a key for each sample, made anew whenever they are asked for, so that nothing has to be kept.</summary>
internal interface IKeySource
{
    /// <summary>Writes those of consecutive samples.</summary>
    /// <param name="start">The first sample; a multiple of <see cref="GroupedKeys.Run"/>.</param>
    /// <param name="groups">Takes the groups, 0-based; -1 for a sample that takes no part. A source with one group of which all take part never writes to it: it holds zeros.</param>
    /// <param name="keys">Takes the keys: the smaller, the sooner chosen.</param>
    void Fill(int start, Span<int> groups, Span<uint> keys);
}
