using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Winnow.Torch.Distributed;
using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

/// <summary>The store that torchrun keeps where ranks would meet: the one of the python3-torch at hand by its torchrun, that of libtorch 2.10 itself.</summary>
public sealed class LauncherStoreTests
{
    [TorchrunFact]
    public void Ranks_that_torchrun_starts_find_each_other_again_after_it_has_restarted_them()
    {
        // The first time, rank 1 ends with an error after the exchange, and torchrun starts both anew.
        var (code, output, errors) = Torchrun.Run("launched");
        Assert.True(code == 0, $"{output}\n{errors}");
        Assert.Equal(
            ["attempt 0, rank 0: 0 1", "attempt 0, rank 1: 0 1", "attempt 1, rank 0: 0 1", "attempt 1, rank 1: 0 1"],
            Regex.Matches(output, "attempt .*").Select(static line => line.Value).Order(StringComparer.Ordinal));
    }

    [LibTorchStoreTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_one_leaves_in_libtorchs_store_another_finds(bool libuv)
    {
        var port = Ranks.FreePort();
        using var server = new LibTorchStore(port, libuv);
        using var first = LauncherStore.Open("127.0.0.1", port, TimeSpan.FromSeconds(10));
        using var second = LauncherStore.Open("localhost", port, TimeSpan.FromSeconds(10));
        Assert.Equal(IPAddress.Loopback, first.LocalAddress);
        var waiting = Task.Run(() => second.Get("late", TimeSpan.FromSeconds(20)));
        first.Set("early", "10.0.0.1 29500");
        Assert.Equal("10.0.0.1 29500", first.Get("early", TimeSpan.FromSeconds(10)));
        first.Set("late", "Grüße");
        Assert.Equal("Grüße", await waiting);
        Assert.Equal("10.0.0.1 29500", second.Get("early", TimeSpan.FromSeconds(10)));
    }

    [LibTorchStoreTheory(ranks: true)]
    [InlineData(true)]
    [InlineData(false)]
    public void Ranks_meet_through_libtorchs_store(bool libuv)
    {
        var port = Ranks.FreePort();
        using var server = new LibTorchStore(port, libuv);
        var places = Enumerable.Range(0, 3).Select(rank => new RankEnvironment { Rank = rank, Size = 3, Host = "127.0.0.1", Port = port, LauncherHasStore = true }).ToArray();
        Assert.All(Ranks.Run(places, static group => group.AllGather<long>([group.Rank])), static all => Assert.Equal([0L, 1, 2], all));
    }

    [LibTorchStoreTheory(ranks: true)]
    [InlineData(true)]
    [InlineData(false)]
    public void A_rank_0_that_never_says_where_it_is_is_named(bool libuv)
    {
        var port = Ranks.FreePort();
        using var server = new LibTorchStore(port, libuv);
        var place = new RankEnvironment { Rank = 1, Size = 2, Host = "127.0.0.1", Port = port, LauncherHasStore = true };
        var lost = Assert.Throws<RankLostException>(() => ProcessGroup.Join(place, new ProcessGroupOptions { MeetingTimeout = TimeSpan.FromSeconds(1) }));
        Assert.Equal(0, lost.Rank);
        Assert.StartsWith($"rank 0 didn't say in time, in the launcher's store at 127.0.0.1:{port}", lost.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData(null)]
    public async Task What_is_no_store_is_told(string? says)
    {
        // One hangs up, one says something else and hangs up, and one is silent.
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        using var over = new ManualResetEventSlim();
        var answers = Task.Run(() =>
        {
            var clients = new List<TcpClient>();
            for (var i = 0; i < 2; i++)
            {
                clients.Add(other.AcceptTcpClient());
                if (says is not null)
                {
                    clients[i].GetStream().Write(Encoding.ASCII.GetBytes(says));
                    clients[i].Close();
                }
            }

            over.Wait();
            clients.ForEach(static client => client.Dispose());
        });
        var error = Assert.Throws<RankSetupException>(() => LauncherStore.Open("127.0.0.1", port, TimeSpan.FromSeconds(3)));
        Assert.StartsWith($"what listens at 127.0.0.1:{port} (MASTER_ADDR, MASTER_PORT) is no store of torch.distributed", error.Message, StringComparison.Ordinal);
        over.Set();
        await answers;
    }

    [Fact]
    public void Torchruns_variables_say_that_it_has_a_store_and_which_attempt_this_is()
    {
        var variables = new Dictionary<string, string>
        {
            ["RANK"] = "1",
            ["WORLD_SIZE"] = "2",
            ["MASTER_ADDR"] = "10.0.0.1",
            ["MASTER_PORT"] = "29500",
            ["TORCHELASTIC_USE_AGENT_STORE"] = "True",
            ["TORCHELASTIC_RESTART_COUNT"] = "3",
        };
        var place = RankEnvironment.Read(name => variables.GetValueOrDefault(name))!;
        Assert.True(place.LauncherHasStore);
        Assert.Equal(3, place.LauncherAttempt);
        variables.Remove("TORCHELASTIC_USE_AGENT_STORE");
        variables.Remove("TORCHELASTIC_RESTART_COUNT");
        place = RankEnvironment.Read(name => variables.GetValueOrDefault(name))!;
        Assert.False(place.LauncherHasStore);
        Assert.Equal(0, place.LauncherAttempt);
    }
}
