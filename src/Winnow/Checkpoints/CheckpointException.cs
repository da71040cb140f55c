namespace Winnow.Checkpoints;

/// <summary>A checkpoint that can't be used. The message says what was found, what was expected, and what to do.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="inner">What it was found by.</param>
public sealed class CheckpointException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>
    /// True when the file is torn or altered, so that an older checkpoint of the same run may serve; false when it is whole and belongs to
    /// something else, or to another version of the format.
    /// </summary>
    public bool Damaged { get; init; }
}
