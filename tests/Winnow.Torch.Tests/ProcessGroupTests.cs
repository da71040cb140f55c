using System.Net;
using System.Net.Sockets;
using TorchSharp;
using Winnow.Torch.Distributed;
using Winnow.Torch.Tests.Support;
using static TorchSharp.torch;

namespace Winnow.Torch.Tests;

/// <summary>Ranks as threads of this process. Ranks as processes: <see cref="RankProcessTests"/>, and through the command line.</summary>
public sealed class ProcessGroupTests
{
    [RanksTheory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Sums_are_the_same_on_all_ranks_and_those_of_all_ranks(int ranks)
    {
        var sums = Ranks.Run(ranks, group =>
        {
            using var scope = NewDisposeScope();
            var tensor = TensorData.FromSpan<double>([group.Rank, 10 * group.Rank, 0.5]);
            var exchange = group.BeginAllReduce(tensor);
            exchange.Wait();
            Assert.Throws<InvalidOperationException>(exchange.Wait);
            return tensor.ToArray<double>();
        });
        var all = ranks * (ranks - 1) / 2;
        Assert.All(sums, sum => Assert.Equal([all, 10 * all, 0.5 * ranks], sum));
    }

    [RanksTheory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Sums_that_round_have_the_same_bits_on_all_ranks(int ranks)
    {
        const int Count = 300_007;
        var sums = Ranks.Run(ranks, group =>
        {
            using var scope = NewDisposeScope();
            var tensor = TensorData.FromSpan<float>(Numbers.Floats(Count, (ulong)group.Rank + 1));
            group.AllReduce(tensor);
            return tensor.ToArray<float>();
        });
        Assert.All(sums, sum => Assert.Equal(sums[0], sum));
        double[] exact = [.. Enumerable.Range(0, Count).Select(static _ => 0.0)];
        for (var rank = 0; rank < ranks; rank++)
        {
            var part = Numbers.Floats(Count, (ulong)rank + 1);
            for (var i = 0; i < Count; i++)
            {
                exact[i] += part[i];
            }
        }

        Numbers.Close(exact, [.. sums[0].Select(static value => (double)value)], 1e-6);
    }

    [RanksFact]
    public void Integers_add_up_exactly()
    {
        var sums = Ranks.Run(3, group =>
        {
            using var scope = NewDisposeScope();
            var (wide, narrow) = (TensorData.FromSpan<long>([(1L << 53) + group.Rank, -1]), TensorData.FromSpan<int>([1 << 24, group.Rank]));
            group.AllReduce(wide);
            group.AllReduce(narrow);
            return (wide.ToArray<long>(), narrow.ToArray<int>());
        });
        Assert.All(sums, static sum => Assert.Equal([(3L << 53) + 3, -3], sum.Item1));
        Assert.All(sums, static sum => Assert.Equal([3 << 24, 3], sum.Item2));
    }

    [RanksFact]
    public void Several_exchanges_are_under_way_at_once_and_hold_their_memory()
    {
        var sums = Ranks.Run(2, group =>
        {
            var exchanges = new List<Exchange>();
            var tensors = new List<Tensor>();
            for (var i = 0; i < 20; i++)
            {
                tensors.Add(full([100_000L], i + group.Rank, ScalarType.Float32));
                exchanges.Add(group.BeginAllReduce(tensors[i]));
                if (i % 2 == 1)
                {
                    tensors[i].Dispose();
                }
            }

            exchanges.ForEach(static exchange => exchange.Wait());
            var results = tensors.Where(static (_, i) => i % 2 == 0).Select(static tensor => (tensor.min().ToSingle(), tensor.max().ToSingle())).ToArray();
            tensors.ForEach(static tensor => tensor.Dispose());
            return results;
        });
        Assert.All(sums, static sum => Assert.Equal([.. Enumerable.Range(0, 10).Select(static i => ((4f * i) + 1, (4f * i) + 1))], sum));
    }

    [RanksFact]
    public void Tensors_whose_elements_have_gaps_are_exchanged_as_what_they_show()
    {
        var sums = Ranks.Run(2, group =>
        {
            using var scope = NewDisposeScope();
            var whole = TensorData.FromSpan<float>([1, 2, 3, 4, 5, 6], 2, 3);
            group.AllReduce(whole.t());
            group.Broadcast(whole[.., 1], root: 1);
            group.AllReduce(whole.narrow(1, 2, 1));
            var gathered = group.AllGather(whole.t());
            Assert.Equal([2L, 3, 2], gathered.shape);
            return (whole.ToArray<float>(), gathered.ToArray<float>());
        });
        Assert.All(sums, static sum => Assert.Equal([2, 4, 12, 8, 10, 24], sum.Item1));
        Assert.All(sums, static sum => Assert.Equal([2, 8, 4, 10, 12, 24, 2, 8, 4, 10, 12, 24], sum.Item2));
    }

    [RanksFact]
    public void Nothing_is_exchanged_as_well_as_something()
    {
        var results = Ranks.Run(2, static group =>
        {
            using var scope = NewDisposeScope();
            var nothing = empty(0);
            group.AllReduce(nothing);
            group.Broadcast(nothing);
            return group.AllGather(nothing).numel() + group.AllGather<long>([]).Length + group.AllGather<long>([5]).Sum();
        });
        Assert.Equal([10L, 10], results);
    }

    [RanksFact]
    public void What_cant_be_added_up_is_refused_before_anything_is_sent()
    {
        var messages = Ranks.Run(2, static group =>
        {
            using var scope = NewDisposeScope();
            var error = Assert.Throws<NotSupportedException>(() => group.AllReduce(ones(3, int8)));
            group.Barrier();
            return error.Message;
        });
        Assert.All(messages, static message => Assert.StartsWith("elements of Int8 can't be added up", message, StringComparison.Ordinal));
    }

    [RanksTheory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Gathered_numbers_come_in_the_order_of_ranks_and_large_integers_stay_exact(int ranks)
    {
        var gathered = Ranks.Run(ranks, static group => group.AllGather<long>([(1L << 53) + 1 + group.Rank, -1]));
        Assert.All(gathered, all => Assert.Equal(Enumerable.Range(0, ranks).SelectMany(static rank => new[] { (1L << 53) + 1 + rank, -1 }), all));
    }

    [RanksTheory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData((16 << 20) + 3)]
    public void A_streams_bytes_come_whole_to_every_rank(int length)
    {
        byte[] bytes = [.. Enumerable.Range(0, length).Select(static i => (byte)(i * 2654435761L >> 8))];
        var received = Ranks.Run(3, group =>
        {
            // From where the stream stands; nothing but rank 0's counts.
            using var stream = group.Rank == 0 ? new MemoryStream([1, 2, .. bytes]) { Position = 2 } : new MemoryStream();
            group.Broadcast(stream);
            return stream.ToArray();
        });
        Assert.Equal(bytes, received[0][2..]);
        Assert.All(received[1..], got => Assert.Equal(bytes, got));
    }

    [RanksTheory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_broadcast_overwrites_with_the_roots_tensor(int ranks)
    {
        var received = Ranks.Run(ranks, group =>
        {
            using var scope = NewDisposeScope();
            var tensor = TensorData.FromSpan<float>([group.Rank, group.Rank + 0.5f]);
            group.Broadcast(tensor, root: ranks - 1);
            group.Barrier();
            return tensor.ToArray<float>();
        });
        Assert.All(received, tensor => Assert.Equal([ranks - 1, ranks - 0.5f], tensor));
    }

    [RanksFact]
    public void The_memory_of_a_tensor_is_the_same_from_libtorch_as_from_TorchSharp()
    {
        using var scope = NewDisposeScope();
        var tensor = arange(12, float32).view(3, 4).narrow(0, 1, 2);
        Assert.Equal(TensorMemory.Address(tensor), TensorMemory.DeviceAddress(tensor));
    }

    [RanksFact]
    public void A_group_leaves_no_tensor_behind()
    {
        var before = Tensor.TotalCount;
        Ranks.Run(2, static group =>
        {
            using var scope = NewDisposeScope();
            var tensor = ones(4, 4).t();
            group.AllReduce(tensor);
            group.AllGather(tensor);
            group.Broadcast(tensor);
            return 0;
        });
        Assert.Equal(before, Tensor.TotalCount);
    }

    [RanksFact]
    public void A_rank_that_fails_ends_the_others_with_its_name_and_reason()
    {
        var losses = Ranks.Run(3, group =>
        {
            if (group.Rank == 1)
            {
                group.Barrier();
                group.Fail("the disk is full.");
                return null;
            }

            return MeetUntilLost(group);
        });
        foreach (var loss in new[] { losses[0]!, losses[2]! })
        {
            Assert.Equal(1, loss.Rank);
            Assert.Matches("^rank 1 \\(process [0-9]+ on .+\\) failed: the disk is full\\.$", loss.Message);
        }
    }

    [RanksFact]
    public void A_rank_that_ends_without_leaving_is_told_of()
    {
        var losses = Ranks.Run(2, static group =>
        {
            if (group.Rank == 0)
            {
                return MeetUntilLost(group);
            }

            group.Barrier();
            return null;
        });
        Assert.Contains("rank 1", losses[0]!.Message, StringComparison.Ordinal);
    }

    [RanksFact]
    public void A_rank_that_stays_away_from_an_exchange_is_named_after_the_timeout()
    {
        using var over = new ManualResetEventSlim();
        var losses = Ranks.Run(2, group =>
        {
            if (group.Rank == 1)
            {
                over.Wait(TimeSpan.FromSeconds(30));
                return null;
            }

            var loss = Assert.Throws<RankLostException>(group.Barrier);
            over.Set();
            return loss;
        }, TimeSpan.FromSeconds(3));
        Assert.Equal(1, losses[0]!.Rank);
        Assert.Contains("is alive and didn't come to the exchange", losses[0]!.Message, StringComparison.Ordinal);
    }

    [RanksTheory]
    [InlineData(2)]
    [InlineData(3)]
    public void Ranks_that_exchange_different_sizes_end_with_a_message(int ranks)
    {
        var losses = Ranks.Run(ranks, group =>
        {
            using var scope = NewDisposeScope();
            group.Barrier();
            var tensor = ones(group.Rank == 1 ? 1000 : 999, float64);
            return Assert.Throws<RankLostException>(() => group.AllReduce(tensor));
        }, TimeSpan.FromSeconds(3));
        Assert.All(losses, static loss => Assert.EndsWith(
            "began an all-reduce of 1000 Float64 where rank 0 began an all-reduce of 999 Float64; all ranks need the same program and the same data.", loss.Message, StringComparison.Ordinal));
        Assert.All(losses, static loss => Assert.Equal(1, loss.Rank));
    }

    [RanksFact]
    public void Ranks_that_begin_different_kinds_of_exchange_end_with_a_message()
    {
        var losses = Ranks.Run(2, group =>
        {
            using var scope = NewDisposeScope();
            return group.Rank == 0
                ? Assert.Throws<RankLostException>(() => group.AllReduce(ones(4, float64)))
                : Assert.Throws<RankLostException>(() => group.AllReduce(ones(4, float32)));
        }, TimeSpan.FromSeconds(3));
        Assert.All(losses, static loss => Assert.Contains("began an all-reduce of 4 Float32 where rank 0 began an all-reduce of 4 Float64", loss.Message, StringComparison.Ordinal));
    }

    [RanksFact]
    public void A_rank_that_never_comes_is_named()
    {
        var place = Ranks.Place(0, 2);
        var lost = Assert.Throws<RankLostException>(() => ProcessGroup.Join(place, new ProcessGroupOptions { MeetingTimeout = TimeSpan.FromSeconds(1) }));
        Assert.Equal(1, lost.Rank);
        Assert.StartsWith($"rank 1 of 2 didn't come to 127.0.0.1:{place.Port} within 1 s", lost.Message, StringComparison.Ordinal);
    }

    [RanksFact]
    public void Without_rank_0_the_others_say_where_they_looked()
    {
        var place = Ranks.Place(1, 2);
        var lost = Assert.Throws<RankLostException>(() => ProcessGroup.Join(place, new ProcessGroupOptions { MeetingTimeout = TimeSpan.FromSeconds(1) }));
        Assert.Equal(0, lost.Rank);
        Assert.StartsWith($"rank 0 doesn't answer at 127.0.0.1:{place.Port}", lost.Message, StringComparison.Ordinal);
    }

    [RanksFact]
    public void Ranks_that_disagree_are_refused_with_both_values()
    {
        var place = Ranks.Place(0, 2);
        var errors = new RankSetupException?[2];
        var threads = Enumerable.Range(0, 2).Select(rank => new Thread(() => errors[rank] = Assert.Throws<RankSetupException>(() => ProcessGroup.Join(
            place with { Rank = rank },
            new ProcessGroupOptions { Agreement = [new("--epochs", "8"), new("--batch-size", rank == 0 ? "128" : "64")] })))).ToArray();
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        Assert.All(errors, static error => Assert.EndsWith("was started with --batch-size 64 and rank 0 with --batch-size 128; all ranks need the same command line and the same data.", error!.Message, StringComparison.Ordinal));
    }

    [RanksFact]
    public void A_port_that_is_taken_is_refused()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var error = Assert.Throws<RankSetupException>(() => ProcessGroup.Join(new RankEnvironment { Rank = 0, Size = 2, Host = "127.0.0.1", Port = port }));
        Assert.StartsWith($"port {port} (MASTER_PORT) is taken by another program", error.Message, StringComparison.Ordinal);
    }

    [RanksFact]
    public void Strangers_at_the_port_are_passed_over()
    {
        var sums = Ranks.Run(2, static group => group.AllGather<long>([group.Rank]), listening: static port =>
        {
            using var stranger = new TcpClient("127.0.0.1", port);
            stranger.GetStream().Write("GET / HTTP/1.1\r\n\r\n"u8);
        });
        Assert.All(sums, static all => Assert.Equal([0L, 1L], all));
    }

    [Ranks6Fact]
    public void Ranks_meet_over_IPv6_as_well()
    {
        var port = Ranks.FreePort();
        var places = Enumerable.Range(0, 2).Select(rank => new RankEnvironment { Rank = rank, Size = 2, Host = "::1", Port = port }).ToArray();
        Assert.All(Ranks.Run(places, static group => group.AllGather<long>([group.Rank])), static all => Assert.Equal([0L, 1L], all));
    }

    // The loss may come while the first meeting is still under way here.
    private static RankLostException MeetUntilLost(ProcessGroup group)
    {
        try
        {
            while (true)
            {
                group.Barrier();
            }
        }
        catch (RankLostException lost)
        {
            return lost;
        }
    }
}
