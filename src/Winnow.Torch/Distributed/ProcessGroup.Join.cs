using System.Globalization;
using System.Net;

namespace Winnow.Torch.Distributed;

/// <content>How a group comes about: ranks meet at rank 0, which tells each where the others listen for it, and connect.</content>
public sealed unsafe partial class ProcessGroup
{
    /// <summary>Meets the other ranks; returns when all are there and connected with each other.</summary>
    /// <param name="place">Which rank this is, and where ranks meet; at least two.</param>
    /// <param name="options">Timeout and what has to agree.</param>
    /// <exception cref="RankSetupException">Ranks that don't fit together, a port that is taken, or no gloo on this machine.</exception>
    /// <exception cref="RankLostException">A rank didn't come within the timeout, or was lost meanwhile.</exception>
    public static ProcessGroup Join(RankEnvironment place, ProcessGroupOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(place);
        options ??= new ProcessGroupOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(place.Size, 2, nameof(place));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Timeout, TimeSpan.FromSeconds(1), nameof(options));
        if (!IsAvailable)
        {
            throw new RankSetupException($"{place.Size} processes can't train together here: {Availability.Detail}.");
        }

        using var store = place.LauncherHasStore ? LauncherStore.Open(place.Host, place.Port, options.MeetingTimeout) : null;
        return place.Rank == 0 ? Found(place, options, store) : Follow(place, options, store);
    }

    private static ProcessGroup Found(RankEnvironment place, ProcessGroupOptions options, LauncherStore? store)
    {
        // The launcher's store keeps its port; ranks are told of ours through it.
        var links = RankMeeting.Gather(store is null ? place : place with { Port = 0, Host = "0.0.0.0" }, options, port =>
        {
            store?.Set(StoreKey(place), string.Create(CultureInfo.InvariantCulture, $"{OwnAddress(store)} {port}"));
            options.Listening?.Invoke(port);
        });
        GlooExchanges gloo;
        try
        {
            RequireOneFamily(links);
            gloo = Open(links[0], place, options);
        }
        catch (RankSetupException error)
        {
            RankMeeting.Refuse(links, error.Message);
            throw;
        }

        return Connect(place, options, links, gloo, RankMeeting.Welcome(links, gloo.Addresses()));
    }

    private static ProcessGroup Follow(RankEnvironment place, ProcessGroupOptions options, LauncherStore? store)
    {
        var port = place.Port;
        if (store is not null)
        {
            var where = store.Get(StoreKey(place), options.MeetingTimeout).Split(' ');
            place = where[0].Length > 0 ? place with { Host = where[0] } : place;
            port = int.Parse(where[1], CultureInfo.InvariantCulture);
        }

        var link = RankMeeting.Visit(place, port, options);
        GlooExchanges? gloo = null;
        byte[][] addresses;
        try
        {
            gloo = Open(link, place, options);
            addresses = RankMeeting.Join(link, place, port, options, gloo.Addresses());
        }
        catch
        {
            gloo?.Dispose();
            link.Dispose();
            throw;
        }

        return Connect(place, options, [link], gloo, addresses);
    }

    // The address that this process has towards rank 0 is one at which the other ranks reach it, too.
    private static GlooExchanges Open(RankLink link, RankEnvironment place, ProcessGroupOptions options)
    {
        try
        {
            return new GlooExchanges($"{link.LocalAddress}", place.Rank, place.Size, options.Timeout);
        }
        catch (ExchangeFailedException error)
        {
            throw new RankSetupException($"rank {place.Rank} can't listen for the others at its address {link.LocalAddress}: {error.Message}", error);
        }
    }

    private static ProcessGroup Connect(RankEnvironment place, ProcessGroupOptions options, IReadOnlyList<RankLink> links, GlooExchanges gloo, IReadOnlyList<byte[]> addresses)
    {
        var group = new ProcessGroup(place, options, links, gloo);
        try
        {
            gloo.Connect(addresses);
            return group;
        }
        catch (ExchangeFailedException error)
        {
            var lost = group.Explain(error);
            group.Fail(lost.Message);
            group.Dispose();
            throw lost;
        }
    }

    private static void RequireOneFamily(List<RankLink> links)
    {
        if (links.Find(link => link.LocalAddress.AddressFamily != links[0].LocalAddress.AddressFamily) is { } other)
        {
            throw new RankSetupException(
                $"{links[0].Name} reaches rank 0 at {links[0].LocalAddress} and {other.Name} at {other.LocalAddress}, and ranks have to reach each other, too: give MASTER_ADDR as an address in numbers, the same for all ranks.");
        }
    }

    private static string StoreKey(RankEnvironment place) => string.Create(CultureInfo.InvariantCulture, $"winnow/rank0/{place.LauncherAttempt}");

    // The store may be on another machine than rank 0; on the same one its address, which the others know, is better than one that they can't use.
    private static string OwnAddress(LauncherStore store) => IPAddress.IsLoopback(store.LocalAddress) ? "" : $"{store.LocalAddress}";
}
