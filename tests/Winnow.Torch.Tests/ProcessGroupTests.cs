using System.Net;
using System.Net.Sockets;
using Winnow.Torch.Distributed;
using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

/// <summary>Ranks as threads of this process, over real sockets of the loopback interface. Ranks as processes are tested through the command line.</summary>
public sealed class ProcessGroupTests
{
    [RanksFact]
    public void Sums_are_the_same_on_all_ranks_and_those_of_all_ranks()
    {
        var sums = OnRanks(3, group =>
        {
            using var scope = new TensorScope();
            var tensor = Tensor.FromSpan<double>([group.Rank, 10 * group.Rank, 0.1]);
            var exchange = group.BeginAllReduce(tensor);
            exchange.Wait();
            Assert.Throws<InvalidOperationException>(exchange.Wait);
            return tensor.ToArray<double>();
        });
        Assert.All(sums, sum => Assert.Equal([3, 30, 0.1 + 0.1 + 0.1], sum));
    }

    [RanksFact]
    public void Gathered_numbers_come_in_the_order_of_ranks_and_large_integers_stay_exact()
    {
        var gathered = OnRanks(2, group => group.AllGather<long>([(1L << 53) + 1 + group.Rank, -1]));
        Assert.All(gathered, all => Assert.Equal([(1L << 53) + 1, -1, (1L << 53) + 2, -1], all));
    }

    [RanksTheory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData((16 << 20) + 3)]
    public void A_streams_bytes_come_whole_to_every_rank(int length)
    {
        byte[] bytes = [.. Enumerable.Range(0, length).Select(static i => (byte)(i * 2654435761L >> 8))];
        var received = OnRanks(3, group =>
        {
            // From where the stream stands; nothing but rank 0's counts.
            using var stream = group.Rank == 0 ? new MemoryStream([1, 2, .. bytes]) { Position = 2 } : new MemoryStream();
            group.Broadcast(stream);
            return stream.ToArray();
        });
        Assert.Equal(bytes, received[0][2..]);
        Assert.All(received[1..], got => Assert.Equal(bytes, got));
    }

    [RanksFact]
    public void A_broadcast_overwrites_with_the_roots_tensor()
    {
        var received = OnRanks(2, group =>
        {
            using var scope = new TensorScope();
            var tensor = Tensor.FromSpan<float>([group.Rank, group.Rank + 0.5f]);
            group.Broadcast(tensor, root: 1);
            group.Barrier();
            return tensor.ToArray<float>();
        });
        Assert.All(received, tensor => Assert.Equal([1f, 1.5f], tensor));
    }

    [RanksTheory]
    [InlineData(2, 1L << 20)]
    [InlineData(2, 64L)]
    [InlineData(3, 200L)]
    public void Gradients_of_shares_add_up_to_those_of_the_whole_batch(int ranks, long bucket)
    {
        const int samples = 12;
        var (expected, _) = Gradients(null, 0, samples, bucket);
        var perRank = OnRanks(ranks, group =>
        {
            var start = group.Rank * samples / group.Size;
            return Gradients(group, start, ((group.Rank + 1) * samples / group.Size) - start, bucket);
        });
        foreach (var (gradients, numbers) in perRank)
        {
            // The same bits on all ranks, and the whole batch's to rounding.
            Assert.Equal(perRank[0].Item1, gradients);
            Numbers.Close(expected, gradients, 1e-12);
            Assert.Equal([ranks, samples], numbers);
        }
    }

    [RanksFact]
    public void A_parameter_without_a_gradient_on_one_rank_gets_the_others()
    {
        var gradients = OnRanks(2, group =>
        {
            using var scope = new TensorScope();
            var (a, b) = (Leaf(2), Leaf(3));
            using var buckets = new GradientBuckets(group, [a, b]);
            buckets.Arm();
            Ops.Sum(group.Rank == 0 ? Ops.Mul(a, b) : Ops.Mul(a, 5)).Backward();
            buckets.Finish();
            return new[] { a.Grad!.ToDouble(), b.Grad!.ToDouble() };

            static Tensor Leaf(double value)
            {
                var leaf = Tensor.FromSpan<double>([value]);
                leaf.RequiresGrad = true;
                return leaf;
            }
        });
        Assert.All(gradients, gradient => Assert.Equal([3 + 5, 2], gradient));
    }

    [RanksFact]
    public void A_rank_that_fails_ends_the_others_with_its_name_and_reason()
    {
        var losses = OnRanks(3, group =>
        {
            if (group.Rank == 1)
            {
                group.Fail("the disk is full.");
                return null;
            }

            return Assert.Throws<RankLostException>(group.Barrier);
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
        var losses = OnRanks(2, group => group.Rank == 0 ? Assert.Throws<RankLostException>(group.Barrier) : null);
        Assert.Contains("rank 1", losses[0]!.Message, StringComparison.Ordinal);
    }

    [RanksFact]
    public void A_rank_that_stays_away_from_an_exchange_is_named_after_the_timeout()
    {
        using var over = new ManualResetEventSlim();
        var losses = OnRanks(2, group =>
        {
            if (group.Rank == 1)
            {
                over.Wait(TimeSpan.FromSeconds(30));
                return null;
            }

            var loss = Assert.Throws<RankLostException>(group.Barrier);
            over.Set();
            return loss;
        }, TimeSpan.FromSeconds(1));
        Assert.Equal(1, losses[0]!.Rank);
        Assert.Contains("is alive and didn't come to the exchange", losses[0]!.Message, StringComparison.Ordinal);
    }

    [RanksFact]
    public void A_rank_that_never_comes_is_named()
    {
        var place = Place(0, 2);
        var lost = Assert.Throws<RankLostException>(() => ProcessGroup.Join(place, new ProcessGroupOptions { MeetingTimeout = TimeSpan.FromSeconds(1) }));
        Assert.Equal(1, lost.Rank);
        Assert.StartsWith($"rank 1 of 2 didn't come to 127.0.0.1:{place.Port} within 1 s", lost.Message, StringComparison.Ordinal);
    }

    [RanksFact]
    public void Without_rank_0_the_others_say_where_they_looked()
    {
        var place = Place(1, 2);
        var lost = Assert.Throws<RankLostException>(() => ProcessGroup.Join(place, new ProcessGroupOptions { MeetingTimeout = TimeSpan.FromSeconds(1) }));
        Assert.Equal(0, lost.Rank);
        Assert.StartsWith($"rank 0 doesn't answer at 127.0.0.1:{place.Port}", lost.Message, StringComparison.Ordinal);
    }

    [RanksFact]
    public void Ranks_that_disagree_are_refused_with_both_values()
    {
        var place = Place(0, 2);
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
        var sums = OnRanks(2, static group => group.AllGather<long>([group.Rank]), listening: static port =>
        {
            using var stranger = new TcpClient("127.0.0.1", port);
            stranger.GetStream().Write("GET / HTTP/1.1\r\n\r\n"u8);
        });
        Assert.All(sums, static all => Assert.Equal([0L, 1L], all));
    }

    static RankEnvironment Place(int rank, int size)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return new RankEnvironment { Rank = rank, Size = size, Host = "127.0.0.1", Port = ((IPEndPoint)probe.LocalEndpoint).Port };
    }

    /// <summary>Does the same on each rank, each on a thread of its own; ranks that return have left.</summary>
    static T[] OnRanks<T>(int ranks, Func<ProcessGroup, T> work, TimeSpan? timeout = null, Action<int>? listening = null)
    {
        var (results, errors) = (new T[ranks], new Exception?[ranks]);
        var place = Place(0, ranks);
        var threads = Enumerable.Range(0, ranks).Select(rank => new Thread(() =>
        {
            try
            {
                using var group = ProcessGroup.Join(place with { Rank = rank }, new ProcessGroupOptions { Timeout = timeout ?? TimeSpan.FromSeconds(20), Listening = listening });
                results[rank] = work(group);
                if (results[rank] is not (null or RankLostException))
                {
                    group.Leave();
                }
            }
            catch (Exception error)
            {
                errors[rank] = error;
            }
        })).ToArray();
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        Assert.All(errors, static error => Assert.Null(error));
        return results;
    }

    /// <summary>The gradients of a network of two layers in double for part of twelve samples, their weighted losses divided by the weights of all.</summary>
    static (double[] Gradients, double[] Numbers) Gradients(ProcessGroup? group, int start, int count, long bucket)
    {
        using var scope = new TensorScope();
        Tensor[] parameters = [Numbers.Double(1, 8, 5), Numbers.Double(2, 8), Numbers.Double(3, 3, 8), Numbers.Double(4, 3)];
        Array.ForEach(parameters, static parameter => parameter.RequiresGrad = true);
        var inputs = Numbers.Double(5, 12, 5);
        var labels = Tensor.FromSpan<long>([.. Enumerable.Range(0, 12).Select(static i => (long)(i % 3))]);
        var weights = Tensor.FromSpan<double>([.. Enumerable.Range(0, 12).Select(static i => 1 + (i % 4 * 0.3))]);
        double[] numbers = [1, count];
        using var buckets = group is null ? null : new GradientBuckets(group, parameters, numbers.Length, bucket);
        buckets?.Arm(numbers);
        var hidden = Ops.Relu(Ops.Linear(inputs.Narrow(0, start, count), parameters[0], parameters[1]));
        var losses = Ops.CrossEntropy(Ops.Linear(hidden, parameters[2], parameters[3]), labels.Narrow(0, start, count), Reduction.None);
        Ops.Div(Ops.Sum(Ops.Mul(losses, weights.Narrow(0, start, count))), Ops.Sum(weights).ToDouble()).Backward();
        buckets?.Finish(numbers);
        return ([.. parameters.SelectMany(static parameter => parameter.Grad!.ToArray<double>())], numbers);
    }
}
