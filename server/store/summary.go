package store

import (
	"fmt"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// Time is the transaction's one time.
func (tx *Tx) Time() time.Time { return tx.Now }

// LatestDeployments maps apps to their newest deployments: one seek of the index for each.
func (tx *Tx) LatestDeployments(apps []int64) (map[int64]paas.Deployment, error) {
	list, err := tx.listDeployments(tx.deployments().Where(
		"deployments.id IN (SELECT (SELECT MAX(d.id) FROM deployments d WHERE d.app_id = a.id) FROM apps a WHERE a.id IN ?)", apps))
	latest := make(map[int64]paas.Deployment, len(list))
	for _, d := range list {
		latest[d.AppID] = d
	}
	return latest, err
}

// LatestEvents maps apps to the newest lines of their timelines.
func (tx *Tx) LatestEvents(apps []int64) (map[int64]paas.Event, error) {
	var rows []eventRow
	err := tx.db.Table("events").Where("id IN (SELECT (SELECT MAX(e.id) FROM events e WHERE e.app_id = a.id) FROM apps a WHERE a.id IN ?)", apps).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list the newest events: %w", err)
	}
	latest := make(map[int64]paas.Event, len(rows))
	for _, r := range rows {
		latest[r.AppID] = r.event()
	}
	return latest, nil
}

// LiveReleases maps apps to the releases that have their traffic, without the names of variables.
func (tx *Tx) LiveReleases(apps []int64) (map[int64]paas.Release, error) {
	var rows []releaseRow
	if err := tx.db.Table("releases").Where("id IN (SELECT live_release_id FROM apps WHERE id IN ?)", apps).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the live releases: %w", err)
	}
	live := make(map[int64]paas.Release, len(rows))
	for _, r := range rows {
		live[r.AppID] = r.release()
	}
	return live, nil
}

// LiveFleet lists the server groups of the apps' live releases and the last task of each slot.
func (tx *Tx) LiveFleet(apps []int64) (groups []paas.ServerGroup, tasks []paas.Task, err error) {
	live := "server_groups.release_id IN (SELECT live_release_id FROM apps WHERE id IN ?) AND server_groups.retired_at IS NULL"
	if groups, err = listGroups(tx.groups().Where(live, apps)); err != nil {
		return nil, nil, err
	}
	rows, err := tx.lastTasks(each(groups, func(g paas.ServerGroup) int64 { return g.ID }), "")
	if err != nil {
		return nil, nil, err
	}
	return groups, joinTasks(rows, byID(groups)), nil
}

// NodeUse maps nodes to what their tasks have reserved.
func (tx *Tx) NodeUse() (map[int64]paas.Resources, error) {
	var rows []struct {
		NodeID    int64
		Resources paas.Resources `gorm:"embedded"`
	}
	err := tx.db.Table("tasks").Select("node_id, SUM(cpu_millis) AS cpu_millis, SUM(memory_bytes) AS memory_bytes, SUM(disk_bytes) AS disk_bytes").
		Where(living + " AND node_id IS NOT NULL").Group("node_id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("add up what nodes have given away: %w", err)
	}
	use := make(map[int64]paas.Resources, len(rows))
	for _, r := range rows {
		use[r.NodeID] = r.Resources
	}
	return use, nil
}

// LiveDeployment is the deployment that is live.
func (tx *Tx) LiveDeployment(app int64) (paas.Deployment, error) {
	return oneDeployment(tx.deployments().Where("deployments.app_id = ? AND deployments.state = 'live'", app))
}

// ForgetVariables removes all values of an app, also those that its releases keep.
func (tx *Tx) ForgetVariables(app int64) error {
	for _, statement := range []string{
		"DELETE FROM release_variables WHERE release_id IN (SELECT id FROM releases WHERE app_id = ?)",
		"DELETE FROM variables WHERE app_id = ?",
	} {
		if err := tx.db.Exec(statement, app).Error; err != nil {
			return fmt.Errorf("forget the variables of app %d: %w", app, err)
		}
	}
	return nil
}
