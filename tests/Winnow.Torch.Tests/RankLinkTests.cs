using System.Net;
using System.Net.Sockets;
using Winnow.Torch.Distributed;

namespace Winnow.Torch.Tests;

/// <summary>The lines between ranks.</summary>
public sealed class RankLinkTests
{
    // A rank closes its links while another thread listens to them; between two lines that must end the listening, not the process.
    [Fact]
    public void A_link_that_was_closed_on_this_end_says_so()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var other = new TcpClient();
        other.Connect((IPEndPoint)listener.LocalEndpoint);
        using var link = new RankLink(listener.AcceptSocket());
        other.GetStream().Write("alive 1\nalive 2\n"u8);
        Assert.NotNull(link.Read());

        link.Dispose();
        Assert.NotNull(link.Read());
        Assert.Throws<ObjectDisposedException>(link.Read);
        link.Send(RankMessage.Done);
    }

    [Fact]
    public void A_link_that_was_closed_on_the_other_end_has_no_more_lines()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var other = new TcpClient();
        other.Connect((IPEndPoint)listener.LocalEndpoint);
        using var link = new RankLink(listener.AcceptSocket());
        other.GetStream().Write("done\n"u8);
        other.Dispose();
        Assert.Equal([RankMessage.Done], link.Read()!);
        Assert.Null(link.Read());
    }
}
