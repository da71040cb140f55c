namespace Winnow.Torch.Tests.Support;

/// <summary>Says when it is disposed.</summary>
internal sealed class Ended(Action then) : IDisposable
{
    public void Dispose() => then();
}
