namespace Winnow.Torch;

/// <summary>libtorch isn't on this machine or doesn't load; the message says what is wrong and what to do.</summary>
public sealed class TorchNotAvailableException : Exception
{
    /// <summary>Makes the exception of a problem.</summary>
    /// <param name="message">What is wrong, as a sentence, and the remedy.</param>
    /// <param name="cause">The loader's own error, if there is one.</param>
    public TorchNotAvailableException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
