namespace Winnow.Torch;

/// <summary>A libtorch operator or function refused its arguments or failed.</summary>
public sealed class TorchException : Exception
{
    /// <summary>Makes the exception of one failed call.</summary>
    /// <param name="operatorName">What was called, such as <c>aten::conv2d</c>.</param>
    /// <param name="torchMessage">What libtorch says about it.</param>
    public TorchException(string operatorName, string torchMessage)
        : base(operatorName.Length == 0 ? torchMessage : $"{operatorName}: {torchMessage}")
    {
        OperatorName = operatorName;
        TorchMessage = torchMessage;
    }

    /// <summary>What was called, such as <c>aten::conv2d</c>; empty when it is not known.</summary>
    public string OperatorName { get; }

    /// <summary>libtorch's own message, without its C++ backtrace.</summary>
    public string TorchMessage { get; }
}
