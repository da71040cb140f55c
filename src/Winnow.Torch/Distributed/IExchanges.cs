using TorchSharp;

namespace Winnow.Torch.Distributed;

/// <summary>Exchanges over memory of one kind of device. All ranks begin the same ones in the same order; memory stays until a wait returns.</summary>
internal interface IExchanges : IDisposable
{
    /// <summary>Begins to add up elements over all ranks, in place: the same bits on all.</summary>
    /// <returns>What to wait for, never 0.</returns>
    /// <exception cref="NotSupportedException">Elements of this type can't be added up.</exception>
    /// <exception cref="ExchangeFailedException">It can't begin.</exception>
    nint AllReduce(nint data, long count, torch.ScalarType type);

    /// <summary>Begins to put the ranks' bytes one after the other, the same on all.</summary>
    /// <exception cref="ExchangeFailedException">It can't begin.</exception>
    nint AllGather(nint mine, long bytes, nint all);

    /// <summary>Begins to overwrite bytes with one rank's.</summary>
    /// <exception cref="ExchangeFailedException">It can't begin.</exception>
    nint Broadcast(nint data, long bytes, int root);

    /// <summary>Waits until an exchange is over, once.</summary>
    /// <exception cref="ExchangeFailedException">It failed, or was given up.</exception>
    void Wait(nint exchange);

    /// <summary>Sets free whoever waits, from any thread; nothing more can be begun.</summary>
    void Abort();
}

/// <summary>An exchange failed, and nothing here says whose fault it was.</summary>
internal sealed class ExchangeFailedException(string message) : Exception(message);
